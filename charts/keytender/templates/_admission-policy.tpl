{{/* First part of the ValidatingAdmissionPolicy for `subject`. Its variables and validations follow, indented by two spaces. `root` is the top-level context. */}}
{{- define "keytender.admissionPolicy" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ printf "%s-%s" (include "keytender.clusterName" .root) .subject | quote }}
  labels:
    {{- include "keytender.labels" .root | nindent 4 }}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
      - apiGroups: [{{ .group | quote }}]
        apiVersions: ['*']
        operations: {{ toRawJson .operations }}
        resources: {{ toRawJson .resources }}
  matchConditions:
    - name: is-the-operator
      expression: request.userInfo.username == 'system:serviceaccount:{{ .root.Release.Namespace }}:{{ include "keytender.serviceAccountName" .root }}'
{{- end }}

{{- define "keytender.admissionBinding" -}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ printf "%s-%s" (include "keytender.clusterName" .root) .subject | quote }}
  labels:
    {{- include "keytender.labels" .root | nindent 4 }}
spec:
  policyName: {{ printf "%s-%s" (include "keytender.clusterName" .root) .subject | quote }}
  validationActions: [Deny]
{{- end }}

{{/* Validations: of the metadata of a pod template, only restart markers may change. */}}
{{- define "keytender.markersOnly" }}
    - expression: >-
        variables.template.all(field, field == 'annotations' || (field in variables.oldTemplate && variables.template[field] == variables.oldTemplate[field])) &&
        variables.oldTemplate.all(field, field == 'annotations' || field in variables.template)
      message: the operator may change only the restart markers in the metadata of a pod template
      reason: Forbidden
    - expression: >-
        variables.markers.all(name, name.startsWith('restart.keytender.dev/') || name.startsWith('restart-configmap.keytender.dev/') ||
        (name in variables.oldMarkers && variables.markers[name] == variables.oldMarkers[name])) &&
        variables.oldMarkers.all(name, name.startsWith('restart.keytender.dev/') || name.startsWith('restart-configmap.keytender.dev/') || name in variables.markers)
      message: the operator may change only the restart markers in the annotations of a pod template
      reason: Forbidden
{{- end }}
