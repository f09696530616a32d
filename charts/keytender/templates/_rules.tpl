{{/*
What the operator may do, and why. "namespaced" is bound in each namespace it works in, or once for the whole cluster; "cluster" always for the
whole cluster; "local" in the namespace of the release.
*/}}

{{- define "keytender.rules.namespaced" -}}
# Its own kinds: it reads them and writes their status, never their spec.
- apiGroups: [keytender.dev]
  resources: [externalsecrets, secretstores]
  verbs: [list, watch]
- apiGroups: [keytender.dev]
  resources: [externalsecrets/status, secretstores/status]
  verbs: [patch]
# Owner references on Secrets block the deletion of their ExternalSecret; OwnerReferencesPermissionEnforcement asks for this then.
- apiGroups: [keytender.dev]
  resources: [externalsecrets/finalizers]
  verbs: [update]
# The Secrets it writes, and those that stores name as credentials. Delete: to recreate one whose type or
# immutability forbids a change, and one of its own under the former name of a target.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, patch, delete]
{{- if .Values.rbac.serviceAccountTokens }}
# Stores with auth.jwt: the role is an annotation of the ServiceAccount, and its token is exchanged for credentials.
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [get, list, watch]
{{- if not .Values.serviceAccountTokens.accounts }}
- apiGroups: [""]
  resources: [serviceaccounts/token]
  verbs: [create]
{{- end }}
{{- end }}
{{- if .Values.restart.enabled }}
# Restart: a marker on the pod template of the targets. Get: when somebody else has just written one.
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets]
  verbs: [get, list, watch, patch]
# Restart of a target without a marker: the age of its pods decides whether they started before the Secret changed.
- apiGroups: [""]
  resources: [pods]
  verbs: [list]
{{- end }}
{{ include "keytender.rules.events" . }}
{{- end }}

{{- define "keytender.rules.events" -}}
# Events on change and failure; a repeated one is counted up by a patch.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- define "keytender.rules.cluster" -}}
{{- if .Values.clusterStores.enabled }}
- apiGroups: [keytender.dev]
  resources: [clustersecretstores]
  verbs: [list, watch]
- apiGroups: [keytender.dev]
  resources: [clustersecretstores/status]
  verbs: [patch]
# The conditions of ClusterSecretStores select namespaces by label.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [list, watch]
{{- end }}
{{- if .Values.rbac.schemaCheck }}
# Is the served schema the one this version was built with?
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  resourceNames:
    - externalsecrets.keytender.dev
    - secretstores.keytender.dev
    {{- if .Values.clusterStores.enabled }}
    - clustersecretstores.keytender.dev
    {{- end }}
  verbs: [get]
{{- end }}
{{- end }}

{{- define "keytender.rules.local" -}}
{{- if .Values.leaderElect }}
# Leader election. A create cannot be limited to a name: it has none yet when it is authorized.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [keytender]
  verbs: [get, patch]
{{- end }}
{{- if and .Values.namespaces (not (has .Release.Namespace .Values.namespaces)) }}
# The key of the digests, which the operator makes once and keeps in its own namespace.
- apiGroups: [""]
  resources: [secrets]
  verbs: [create]
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [keytender-digest-key]
  verbs: [get]
{{- end }}
{{- end }}
