{{/*
Sets each missing value to the default of this chart, because `helm upgrade --reuse-values` renders with the values of the earlier chart, which lack
newer keys. Each template includes this first. A value that is false or empty stays. In podSecurityContext and resources, users remove keys with null.
Helm keeps such a null if the chart has no value for the key, so the null is removed here.
*/}}
{{- define "keytender.fillValues" -}}
{{- include "keytender.fillMap" (dict "values" .Values "defaults" (include "keytender.defaults" . | fromYaml)) }}
{{- include "keytender.dropNulls" .Values.podSecurityContext }}
{{- include "keytender.dropNulls" .Values.resources }}
{{- end }}

{{- define "keytender.fillMap" -}}
{{- range $key, $default := .defaults }}
{{- if not (hasKey $.values $key) }}
{{- $_ := set $.values $key $default }}
{{- else if and (kindIs "map" $default) (kindIs "map" (get $.values $key)) (not (has $key (list "podSecurityContext" "resources"))) }}
{{- include "keytender.fillMap" (dict "values" (get $.values $key) "defaults" $default) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "keytender.dropNulls" -}}
{{- range $key, $value := . }}
{{- if kindIs "invalid" $value }}
{{- $_ := unset $ $key }}
{{- else if kindIs "map" $value }}
{{- include "keytender.dropNulls" $value }}
{{- end }}
{{- end }}
{{- end }}
