{{/* Names and labels. */}}

{{- define "keytender.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of objects. It has at most 50 characters, so that a label can hold it with the longest suffix. */}}
{{- define "keytender.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "keytender.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "keytender.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* The name of cluster-scoped objects contains the namespace, because two releases may have the same name. */}}
{{- define "keytender.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "keytender.fullname" .) }}
{{- end }}

{{- define "keytender.selectorLabels" -}}
app.kubernetes.io/name: {{ include "keytender.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "keytender.labels" -}}
{{ include "keytender.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "keytender.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "keytender.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name: needed when serviceAccount.create is off" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "keytender.metricsName" -}}
{{- printf "%s-metrics" (include "keytender.fullname" .) }}
{{- end }}

{{- define "keytender.image" -}}
{{- $name := .Values.image.repository }}
{{- with .Values.image.registry }}{{ $name = printf "%s/%s" . $name }}{{ end }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $name .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $name (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}
