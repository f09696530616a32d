/** When AWS last confirmed what each ExternalSecret holds: for metrics, and exactly and by name on demand. Names and times, never a value. */
import { findCondition } from '../api/conditions.ts';
import type { HttpAnswer } from '../telemetry/http-server.ts';
import type { ClusterView } from './cluster-view.ts';

/** Milliseconds since the epoch; undefined when this process does not know. */
export type ConfirmedAt = (namespace: string, name: string) => number | undefined;

export interface Confirmation {
  readonly namespace: string;
  readonly name: string;
  /** Of its Ready condition. */
  readonly reason: string;
  /** Undefined: it never succeeded. */
  readonly at: number | undefined;
}

/** What this process has seen of AWS, else what the status says. */
export function* confirmations(view: ClusterView, confirmedAt: ConfirmedAt): Generator<Confirmation> {
  for (const { metadata, status } of view.externalSecrets.list()) {
    const { namespace = '', name } = metadata;
    const reported = status?.content === undefined || status.refreshTime === undefined ? undefined : Date.parse(status.refreshTime);
    const reason = findCondition(status?.conditions, 'Ready')?.reason ?? 'Pending';
    yield { namespace, name, reason, at: confirmedAt(namespace, name) ?? reported };
  }
}

/** GET /debug/freshness?namespace=…&name=…: one JSON object a line, the stalest first. */
export function freshnessAnswer(view: ClusterView, confirmedAt: ConfirmedAt, query: URLSearchParams, now: number): HttpAnswer {
  const [namespace, name] = [query.get('namespace'), query.get('name')];
  const chosen = [...confirmations(view, confirmedAt)]
    .filter((one) => (namespace === null || one.namespace === namespace) && (name === null || one.name === name))
    .sort((left, right) => (left.at ?? 0) - (right.at ?? 0));
  const lines = chosen.map(({ at, ...one }) => {
    const known =
      at === undefined ? {} : { confirmedAt: new Date(at).toISOString(), ageSeconds: Math.max(Math.round((now - at) / 1_000), 0) };
    return `${JSON.stringify({ ...one, ...known })}\n`;
  });
  return { status: 200, contentType: 'application/x-ndjson; charset=utf-8', body: lines.join('') };
}
