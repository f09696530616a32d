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
