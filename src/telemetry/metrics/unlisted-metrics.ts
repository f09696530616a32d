/** Metrics of kinds and namespaces that could not be listed since the start. */
import type { Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';

/** Maximum number of series. All further scopes are one series with the scope "other". */
const MOST = 100;

/** `unlisted` is called at each scrape. `namespace` is empty for the whole cluster. */
export function createUnlistedMetrics(
  registry: Registry,
  unlisted: () => Iterable<{ readonly kind: string; readonly namespace: string }>,
): void {
  const help =
    'Kinds that could not be listed since the start, by namespace or "cluster": ExternalSecrets that depend on them are not worked on. 100 at most.';
  instrumentsOf(registry).gauge('keytender_unlisted', help, ['kind', 'scope'], (made) => {
    made.reset();
    let series = 0;
    for (const { kind, namespace } of unlisted()) {
      series += 1;
      made.inc({ kind, scope: series > MOST ? 'other' : namespace === '' ? 'cluster' : namespace });
    }
  });
}
