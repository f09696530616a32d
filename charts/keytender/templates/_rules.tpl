{{/*
Permissions of the operator, with the reason for each. Those of the controllers are generated from their rights.ts (_controller-rules.tpl). "namespaced" is
bound in each namespace that the operator serves, or once for the whole cluster; "cluster" is always bound for the whole cluster; "local" is bound in the
namespace of the release.
*/}}

{{- define "keytender.rules.namespaced" -}}
{{ include "keytender.rules.controllers.namespaced" . | trim }}
{{ include "keytender.rules.events" . }}
{{- end }}

{{- define "keytender.rules.events" -}}
# Events for changes and failures. Patch: to count a repeated Event.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- define "keytender.rules.cluster" -}}
{{ include "keytender.rules.controllers.cluster" . | trim }}
{{- if .Values.rbac.schemaCheck }}
# The operator checks at its start whether the served schema is the one of its version.
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  resourceNames:
    {{- include "keytender.rules.controllers.schemas" . | trim | nindent 4 }}
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
  resourceNames:
    - keytender
    {{- range .Values.rbac.shards }}
    - keytender-{{ . }}
    {{- end }}
  verbs: [get, patch]
{{- end }}
{{- if .Values.restart.enabled }}
# The ledger of restarts: when each workload was restarted, and whether it was healthy before.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [create]
- apiGroups: [""]
  resources: [configmaps]
  resourceNames:
    {{- range until 16 }}
    - keytender-restarts-{{ . }}
    {{- end }}
  verbs: [get, patch]
{{- end }}
{{- if eq (include "keytender.reloaderNamespace" .) .Release.Namespace }}
{{ include "keytender.rules.reloaderLease" . }}
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

{{/* The namespace of Stakater Reloader, if its annotations count. */}}
{{- define "keytender.reloaderNamespace" -}}
{{- if and .Values.restart.enabled .Values.restart.reloaderAnnotations -}}
{{- default .Release.Namespace .Values.restart.reloader.namespace -}}
{{- end -}}
{{- end }}

{{- define "keytender.rules.reloaderLease" -}}
# The Lease of Stakater Reloader: while it is renewed, both restart workloads, and the operator says so.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [stakater-reloader-lock]
  verbs: [get]
{{- end }}
