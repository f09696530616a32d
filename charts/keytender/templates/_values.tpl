{{/*
Gives each value that is missing the default of this chart. `helm upgrade --reuse-values` renders with the values of the earlier chart, which do not
have what was added since. Each template includes this first. What has a value, be it false or empty, keeps it. The two maps in the list are taken
as they are, because people take keys out of them with null: where no chart value stands behind such a null, Helm leaves it there.
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
