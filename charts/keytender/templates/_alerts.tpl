{{/*
The alerts as data: name -> level, duration, expression, summary. Each alert has a page docs/runbooks/<name>.md. "SERIES" is replaced by the label
matchers of this installation. All replicas report the same number for metrics that count objects (keytender_externalsecrets, …), so these use max and
not sum.
*/}}
{{- define "keytender.alerts" -}}
KeytenderDown:
  level: critical
  for: 5m
  expr: absent(up{SERIES} == 1)
  summary: Prometheus reaches no Keytender replica; Secrets may not be refreshed.
{{- if .Values.leaderElect }}
KeytenderNoLeader:
  level: critical
  for: 5m
  expr: sum(leader_election_master_status{SERIES,name="keytender"}) == 0
  summary: Keytender runs, but no replica is the leader; Secrets are not refreshed.
{{- end }}
KeytenderAccessDenied:
  level: critical
  for: 0m
  expr: |-
    max by (reason) (keytender_externalsecrets{SERIES,reason=~"AccessDenied|AssumeRoleDenied|StoreNamespaceDenied|KeyNotAllowed"}) > 0
    or
    max by (reason) (keytender_stores_failing{SERIES,condition="Ready",reason=~"OperatorIdentityDenied|TokenAudienceDenied"}) > 0
    or
    sum by (reason) (increase(keytender_sync_results_total{SERIES,reason=~"AccessDenied|AssumeRoleDenied|StoreNamespaceDenied|KeyNotAllowed|OperatorIdentityDenied|TokenAudienceDenied"}[5m])) > 0
  summary: '{{ "{{ $labels.reason }}" }}: an ExternalSecret or a store was denied access.'
KeytenderRetrievalErrors:
  level: high
  for: 5m
  expr: |-
    sum(increase(keytender_sync_results_total{SERIES,reason=~"RemoteSecretNotFound|KMSFailure|ClockSkew|AWSUnavailable|AWSRequestRefused|AccessDenied|AssumeRoleDenied|AssumeRoleRefused|CredentialsMissing|CredentialsInvalid|CredentialsExpired|CredentialsUnavailable"}[5m])) > 10
    or
    sum(increase(keytender_aws_api_calls_total{SERIES,result!~"ok|aborted"}[5m])) > 10
  summary: More than 10 reads from AWS failed within 5 minutes, and this lasted for 5 minutes.
KeytenderSecretsNotSynced:
  level: high
  for: 15m
  expr: |-
    max by (reason) (keytender_externalsecrets{SERIES,reason!~"SecretSynced|Validated|Suspended|StoreValid|AWSAvailable|BatchReadsGranted|ListGranted|EventsReceived|RestartsDone|RestartsNotNeeded|RestartsBlocked|RestartsDisabled|ChangePending|ForceSyncDelayed|ReadsDelayed|RolloutsHealthy|RolloutsInProgress|RolloutsPending|RolloutsBlocked|AwaitingSettle|AwaitingWindow|AwaitingInterval|AwaitingWave|AwaitingSlot|RestartsSuspended|RestartsDryRun|RolloutPaused|RolloutOnDelete|RolloutPartitioned|AwaitingPromotion|OwnedByController|RestartOptedOut|LiveReload|ImagePullOnly|TargetNotAnnotated|NoPods|Superseded"}) > 0
  summary: '{{ "{{ $value }}" }} ExternalSecrets are not synced: {{ "{{ $labels.reason }}" }}.'
KeytenderStoreUnavailable:
  level: high
  for: 10m
  expr: max by (kind, condition, reason) (keytender_stores_failing{SERIES,condition=~"Ready|Available"}) > 0
  summary: '{{ "{{ $value }}" }} {{ "{{ $labels.kind }}" }}s cannot be used: {{ "{{ $labels.condition }}" }} is False, {{ "{{ $labels.reason }}" }}.'
KeytenderNotListed:
  level: high
  for: 10m
  expr: max by (kind, scope) (keytender_unlisted{SERIES}) > 0
  summary: '{{ "{{ $labels.kind }}" }}s cannot be listed in {{ "{{ $labels.scope }}" }}; ExternalSecrets that depend on them are not reconciled.'
{{- if .Values.restart.enabled }}
KeytenderRestartLedgerUnread:
  level: high
  for: 5m
  expr: max(keytender_restart_ledger_loaded{SERIES}) == 0
  summary: The leader cannot read the ledger of restarts; it restarts no workload.
KeytenderRolloutsFailed:
  level: high
  for: 5m
  expr: max by (reason) (keytender_restart_workloads{SERIES,phase="Failed"}) > 0
  summary: '{{ "{{ $value }}" }} workloads are not healthy after a restart for new content: {{ "{{ $labels.reason }}" }}.'
{{- /* Left out is what users asked for, and the rest of a rollout that halted: KeytenderRolloutsFailed tells of it. */}}
KeytenderRestartsBlocked:
  level: medium
  for: 30m
  expr: |-
    max by (reason) (keytender_restart_workloads{SERIES,phase="Blocked",reason!~"RolloutPaused|RolloutOnDelete|RolloutPartitioned|AwaitingPromotion"}) > 0
  summary: '{{ "{{ $value }}" }} workloads run with earlier content and are not restarted: {{ "{{ $labels.reason }}" }}.'
KeytenderRestartsPending:
  level: medium
  for: 30m
  expr: |-
    max by (reason) (keytender_restart_workloads{SERIES,phase="Pending",reason!~"AwaitingSettle|AwaitingWindow|AwaitingInterval|AwaitingWave|RestartsSuspended|RestartsDryRun|RolloutsHalted"}) > 0
  summary: '{{ "{{ $value }}" }} workloads have waited for a restart for 30 minutes: {{ "{{ $labels.reason }}" }}.'
{{- end }}
KeytenderReconcileErrors:
  level: high
  for: 15m
  expr: |-
    sum by (controller) (rate(controller_runtime_reconcile_total{SERIES,result="error"}[10m]))
    / sum by (controller) (rate(controller_runtime_reconcile_total{SERIES}[10m])) > 0.5
  summary: 'More than half of the reconciles of controller {{ "{{ $labels.controller }}" }} end with an error.'
KeytenderThrottled:
  level: medium
  for: 15m
  expr: max(keytender_externalsecrets{SERIES,reason="Throttled"}) > 0
  summary: 'AWS or a limit of Keytender delays calls; {{ "{{ $value }}" }} ExternalSecrets wait.'
KeytenderEventQueueDown:
  level: medium
  for: 10m
  expr: max by (queue) (keytender_event_queue_up{SERIES}) == 0
  summary: The queue of change events cannot be read; changes show only at the next refresh.
KeytenderEventsMissed:
  level: medium
  for: 0m
  expr: sum(increase(keytender_events_missed_total{SERIES}[30m])) > 0
  summary: '{{ "{{ $value | humanize }}" }} changes in AWS were found by refreshes without a change event.'
KeytenderEventsLate:
  level: medium
  for: 15m
  expr: |-
    histogram_quantile(0.9, sum by (le) (rate(keytender_event_lag_seconds_bucket{SERIES}[15m]))) > 60
    or
    sum(increase(keytender_events_total{SERIES,result=~"unfinished|error"}[15m])) > 0
  summary: Changes from events take more than a minute to show, or do not show.
KeytenderQueueBacklog:
  level: medium
  for: 15m
  expr: max by (name) (workqueue_depth{SERIES}) > 100
  summary: 'The queue {{ "{{ $labels.name }}" }} holds {{ "{{ $value }}" }} keys and has held more than 100 for 15 minutes.'
{{- end }}

{{- define "keytender.series" -}}
{{- if .Values.prometheusRule.selector }}
{{- .Values.prometheusRule.selector }}
{{- else -}}
job="{{ include "keytender.metricsName" . }}",namespace="{{ .Release.Namespace }}"
{{- end }}
{{- end }}
