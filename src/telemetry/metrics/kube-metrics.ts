/** Metrics of the calls to the API server and of the watches. Labels come from the code, except for the HTTP status. */
import type { Registry } from 'prom-client';
import type { ResourceType } from '../../api/object/resource-type.ts';
import { instrumentsOf } from './instruments.ts';

/** The parts of a request to the API server that metrics use. */
export interface ObservedKubeRequest {
  readonly verb: string;
  readonly type: ResourceType;
  readonly subresource?: string;
}

export interface KubeMetrics {
  /** One attempt ended with this HTTP status; 0: no response. */
  readonly requested: (request: ObservedKubeRequest, status: number) => void;
  /** A list or watch of `kind` failed and is repeated. `cause`: the kind of its KubeFailure. */
  readonly watchRestarted: (kind: string, cause: string) => void;
}

export function createKubeMetrics(registry: Registry): KubeMetrics {
  const { counter } = instrumentsOf(registry);
  const requests = counter('keytender_kube_requests_total', 'Requests to the API server by HTTP status; 0: no answer came.', [
    'verb',
    'resource',
    'code',
  ]);
  const restarts = counter('keytender_watch_restarts_total', 'Lists and watches that failed and were tried again.', ['kind', 'cause']);
  return {
    requested({ verb, type, subresource }, status) {
      const resource = subresource === undefined ? type.plural : `${type.plural}/${subresource}`;
      requests.inc({ verb, resource, code: String(status) });
    },
    watchRestarted: (kind, cause) => restarts.inc({ kind, cause }),
  };
}
