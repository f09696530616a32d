/** Values of the chart that say how the operator is watched: metrics, probes, alerts. */
import { z } from 'zod';
import { passThroughList, port, prometheusDuration, stringMap, text } from './chart-values-parts.ts';

function probe(description: string): z.ZodType {
  return z
    .strictObject({
      initialDelaySeconds: z.int().min(0).describe('Seconds before the first probe.'),
      periodSeconds: z.int().min(1).describe('Seconds between probes.'),
      timeoutSeconds: z.int().min(1).describe('Seconds until a probe counts as failed.'),
      failureThreshold: z.int().min(1).describe('Failed probes in a row before something happens.'),
    })
    .describe(description);
}

export const monitoringValues = {
  metrics: z
    .strictObject({
      port: port('Port of /metrics.'),
      service: z
        .strictObject({
          enabled: z.boolean().describe('Creates the Service that Prometheus finds the replicas by.'),
          annotations: stringMap('Annotations of the Service.'),
          labels: stringMap('Labels of the Service.'),
        })
        .describe('Service for metrics.'),
    })
    .describe('Metrics.'),
  debugEndpoints: z
    .strictObject({
      enabled: z.boolean().describe('Serves /debug/freshness: when AWS last confirmed each ExternalSecret, by name and without values.'),
    })
    .describe('Further endpoints on the port of metrics.'),
  health: z.strictObject({ port: port('Port of /livez and /readyz.') }).describe('Health endpoints.'),
  livenessProbe: probe('The container is restarted when it fails.'),
  readinessProbe: probe('The replica counts as not ready when it fails.'),
  serviceMonitor: z
    .strictObject({
      enabled: z.boolean().describe('Creates a ServiceMonitor for the Prometheus operator.'),
      interval: prometheusDuration('Time between scrapes.'),
      scrapeTimeout: prometheusDuration('Time limit of a scrape.'),
      labels: stringMap('Labels that the Prometheus selects by.'),
      relabelings: passThroughList('Relabelings before the scrape.'),
      metricRelabelings: passThroughList('Relabelings of the series.'),
    })
    .describe('Scraping by the Prometheus operator.'),
  prometheusRule: z
    .strictObject({
      enabled: z.boolean().describe('Creates a PrometheusRule with the alerts.'),
      labels: stringMap('Labels that the Prometheus selects by.'),
      runbookBaseURL: text('What is put before <alert>.md in the annotation runbook_url.').min(1),
      selector: text('Label matchers that select the series of this installation. Empty: job and namespace.'),
      severities: z
        .strictObject({
          critical: text('For critical alerts.').min(1),
          high: text('For high alerts.').min(1),
          medium: text('For medium alerts.').min(1),
        })
        .describe('The value of the label "severity" for each level.'),
      disabled: z.array(z.string()).describe('Alerts to leave out, by name.'),
    })
    .describe('Alerts by the Prometheus operator.'),
};
