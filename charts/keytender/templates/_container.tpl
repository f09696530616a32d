{{/* Arguments and environment of the operator. */}}

{{- define "keytender.args" -}}
- controller
- --leader-elect={{ .Values.leaderElect }}
- --concurrency={{ .Values.concurrency }}
- --default-refresh-interval={{ .Values.defaultRefreshInterval }}
- --min-refresh-interval={{ .Values.minRefreshInterval }}
- --cache-ttl={{ .Values.cache.ttl }}
- --metrics-bind-address=:{{ .Values.metrics.port }}
- --health-probe-bind-address=:{{ .Values.health.port }}
- --log-level={{ .Values.log.level }}
- --log-format={{ .Values.log.format }}
{{- with .Values.namespaces }}
- --namespaces={{ uniq . | join "," }}
{{- end }}
{{- if not .Values.clusterStores.enabled }}
- --cluster-stores=false
{{- end }}
{{- if not .Values.restart.enabled }}
- --restart=false
{{- else }}
- --restart-min-interval={{ .Values.restart.minInterval }}
- --restart-max-concurrent={{ .Values.restart.maxConcurrent }}
- --restart-max-concurrent-per-namespace={{ .Values.restart.maxConcurrentPerNamespace }}
- --restart-targets-without-reference={{ .Values.restart.targetsWithoutReference }}
{{- if .Values.restart.argoRollouts }}
- --argo-rollouts=true
{{- end }}
{{- if .Values.restart.reloaderAnnotations }}
{{- include "keytender.reloaderArgs" .Values.restart.reloader }}
{{- end }}
{{- end }}
{{- if .Values.allowOperatorIdentity }}
- --allow-operator-identity=true
{{- end }}
- --token-audiences={{ join "," .Values.serviceAccountTokens.audiences }}
{{- with .Values.events.queueUrl }}
- --events-queue-url={{ . }}
{{- end }}
{{- if .Values.events.allowNamespacedQueues }}
- --allow-namespaced-queues=true
{{- end }}
{{- if ne .Values.events.maxAge "0" }}
- --events-max-age={{ .Values.events.maxAge }}
{{- end }}
{{- if .Values.debugEndpoints.enabled }}
- --debug-endpoints=true
{{- end }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The flags of Reloader. The context is .Values.restart.reloader. */}}
{{- define "keytender.reloaderArgs" }}
- --reloader-annotations=true
{{- if .autoReloadAll }}
- --reloader-auto-reload-all=true
{{- end }}
{{- if .reloadOnCreate }}
- --reloader-reload-on-create=true
{{- end }}
{{- if .reloadOnDelete }}
- --reloader-reload-on-delete=true
{{- end }}
{{- with .namespace }}
- {{ printf "--reloader-namespace=%s" . | quote }}
{{- end }}
{{- with .resourcesToIgnore }}
- {{ printf "--reloader-resources-to-ignore=%s" . | quote }}
{{- end }}
{{- with .ignoredWorkloadTypes }}
- {{ printf "--reloader-ignored-workload-types=%s" . | quote }}
{{- end }}
{{- with .namespacesToIgnore }}
- {{ printf "--reloader-namespaces-to-ignore=%s" (uniq . | join ",") | quote }}
{{- end }}
{{- with .namespaceSelector }}
- {{ printf "--reloader-namespace-selector=%s" . | quote }}
{{- end }}
{{- with .resourceLabelSelector }}
- {{ printf "--reloader-resource-label-selector=%s" . | quote }}
{{- end }}
{{- range $name, $annotation := .annotations }}
{{- with $annotation }}
- {{ printf "--reloader-%s-annotation=%s" (kebabcase $name) . | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* "true" if the AWS SDK must not use the role of the node. */}}
{{- define "keytender.metadataDisabled" -}}
{{- if eq .Values.aws.instanceMetadata "disabled" -}}
true
{{- else if and (eq .Values.aws.instanceMetadata "auto") (hasKey .Values.serviceAccount.annotations "eks.amazonaws.com/role-arn") -}}
true
{{- end }}
{{- end }}

{{- define "keytender.env" -}}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- with .Values.aws.region }}
- name: AWS_REGION
  value: {{ . | quote }}
{{- end }}
{{- if include "keytender.metadataDisabled" . }}
- name: AWS_EC2_METADATA_DISABLED
  value: "true"
{{- end }}
{{- if or .Values.proxy.httpProxy .Values.proxy.httpsProxy }}
{{- include "keytender.proxyEnv" . }}
{{- end }}
{{- if .Values.extraCA.configMap }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/keytender/ca/{{ .Values.extraCA.key }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Node reads these variables if NODE_USE_ENV_PROXY is set. */}}
{{- define "keytender.proxyEnv" }}
- name: NODE_USE_ENV_PROXY
  value: "1"
{{- with .Values.proxy.httpProxy }}
- name: HTTP_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with .Values.proxy.httpsProxy }}
- name: HTTPS_PROXY
  value: {{ . | quote }}
{{- end }}
- name: NO_PROXY
  value: {{ prepend (compact (list .Values.proxy.noProxy)) "$(KUBERNETES_SERVICE_HOST),localhost,127.0.0.1,.svc,.cluster.local,169.254.169.254,169.254.170.2,169.254.170.23" | join "," | quote }}
{{- end }}
