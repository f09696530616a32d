{{/*
Permissions of the operator, with the reason for each. "namespaced" is bound in each namespace that the operator serves, or once for the whole
cluster; "cluster" is always bound for the whole cluster; "local" is bound in the namespace of the release.
*/}}

{{- define "keytender.rules.namespaced" -}}
# Keytender's kinds: the operator reads them and writes their status, never their spec.
- apiGroups: [keytender.dev]
  resources: [externalsecrets, secretstores]
  verbs: [list, watch]
- apiGroups: [keytender.dev]
  resources: [externalsecrets/status, secretstores/status]
  verbs: [patch]
# Owner references on Secrets have blockOwnerDeletion; the admission plugin OwnerReferencesPermissionEnforcement requires this permission for them.
- apiGroups: [keytender.dev]
  resources: [externalsecrets/finalizers]
  verbs: [update]
# The Secrets that the operator writes, and those that stores name as credentials. Delete: to recreate a Secret that is immutable or changes its type, and
# to remove the operator's own Secret after target.name has changed.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, patch, delete]
{{- if .Values.rbac.serviceAccountTokens }}
# Stores with auth.jwt: an annotation of the ServiceAccount names the role, and STS exchanges the token for credentials.
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
# Restarts: the operator writes a marker into the pod template of the target. Get: after a conflict with another writer.
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets]
  verbs: [get, list, watch, patch]
# Restart of a target without a marker: the age of its pods shows whether they started before the Secret changed.
- apiGroups: [""]
  resources: [pods]
  verbs: [list]
{{- end }}
{{ include "keytender.rules.events" . }}
{{- end }}

{{- define "keytender.rules.events" -}}
# Events for changes and failures. Patch: to count a repeated Event.
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
# Conditions of ClusterSecretStores select namespaces by label.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [list, watch]
{{- end }}
{{- if .Values.rbac.schemaCheck }}
# The operator checks at its start whether the served schema is the one of its version.
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
# Leader election. RBAC cannot limit create to a name, because the name is not known at authorization.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [keytender]
  verbs: [get, patch]
{{- end }}
{{- if and .Values.namespaces (not (has .Release.Namespace .Values.namespaces)) }}
# The digest key, which the operator creates once in its own namespace.
- apiGroups: [""]
  resources: [secrets]
  verbs: [create]
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [keytender-digest-key]
  verbs: [get]
{{- end }}
{{- end }}
