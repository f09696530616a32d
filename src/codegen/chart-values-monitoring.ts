/** Values of the chart for monitoring: metrics, probes, alerts. */
import { z } from 'zod';
import { passThroughList, port, prometheusDuration, stringMap, text } from './chart-values-parts.ts';

function probe(description: string): z.ZodType {
  return z
    .strictObject({
      initialDelaySeconds: z.int().min(0).describe('Seconds before the first probe.'),
      periodSeconds: z.int().min(1).describe('Seconds between probes.'),
      timeoutSeconds: z.int().min(1).describe('Seconds until a probe counts as failed.'),
      failureThreshold: z.int().min(1).describe('Failed probes in a row until the result counts.'),
    })
    .describe(description);
}

export const monitoringValues = {
  metrics: z
    .strictObject({
      port: port('Port of /metrics.'),
      service: z
        .strictObject({
          enabled: z.boolean().describe('Creates the Service by which Prometheus finds the replicas.'),
          annotations: stringMap('Annotations of the Service.'),
          labels: stringMap('Labels of the Service.'),
        })
        .describe('Service for metrics.'),
    })
    .describe('Metrics.'),
  debugEndpoints: z
    .strictObject({
      enabled: z
        .boolean()
        .describe('Serves /debug/freshness, which lists every ExternalSecret with the time at which AWS last confirmed its values.'),
    })
    .describe('Further endpoints on the port of metrics.'),
  health: z.strictObject({ port: port('Port of /livez and /readyz.') }).describe('Health endpoints.'),
  livenessProbe: probe('Liveness probe: the kubelet restarts the container when it fails.'),
  readinessProbe: probe('Readiness probe: the replica counts as not ready when it fails.'),
  serviceMonitor: z
    .strictObject({
      enabled: z.boolean().describe('Creates a ServiceMonitor for the Prometheus operator.'),
      interval: prometheusDuration('Time between scrapes.'),
      scrapeTimeout: prometheusDuration('Time limit of a scrape.'),
      labels: stringMap('Labels by which Prometheus selects the object.'),
      relabelings: passThroughList('Relabelings of the targets.'),
      metricRelabelings: passThroughList('Relabelings of the series.'),
    })
    .describe('Scraping by the Prometheus operator.'),
  prometheusRule: z
    .strictObject({
      enabled: z.boolean().describe('Creates a PrometheusRule with the alerts.'),
      labels: stringMap('Labels by which Prometheus selects the object.'),
      runbookBaseURL: text('URL before /<alert>.md in the annotation runbook_url.').min(1),
      selector: text('Label matchers that select the time series of this installation. Empty: job and namespace of the ServiceMonitor.'),
      severities: z
        .strictObject({
          critical: text('Severity of critical alerts.').min(1),
          high: text('Severity of high alerts.').min(1),
          medium: text('Severity of medium alerts.').min(1),
        })
        .describe('The value of the label "severity" for each level.'),
      disabled: z.array(z.string()).describe('Names of alerts that are not created.'),
    })
    .describe('Alerts by the Prometheus operator.'),
};
