/** The two HTTP servers of the operator: metrics, and the probes of the kubelet. Both also respond while another replica leads. */
import type { Registry } from 'prom-client';
import type { BindAddress } from './bind-address.ts';
import { type HealthChecks, reportHealth } from './health-checks.ts';
import { SharedWork } from './shared-work.ts';
import { systemClock } from '../../base/time/clock.ts';
import { type HttpResponse, type HttpServer, startHttpServer } from './http-server.ts';

/** Further paths besides /metrics. */
export type Endpoints = Readonly<Record<string, (query: URLSearchParams) => Promise<HttpResponse> | HttpResponse>>;

/** GET /metrics and the other paths. Concurrent scrapes share one result. */
export function startMetricsServer(
  address: BindAddress,
  registry: Registry,
  onError: (error: unknown) => void,
  endpoints: Endpoints = {},
): Promise<HttpServer> {
  const scrape = new SharedWork(
    async (): Promise<HttpResponse> => ({ status: 200, contentType: registry.contentType, body: await registry.metrics() }),
    systemClock,
  );
  const serve = ({ pathname, searchParams }: URL): Promise<HttpResponse> | HttpResponse | undefined => {
    if (pathname === '/metrics') return scrape.result();
    return Object.hasOwn(endpoints, pathname) ? endpoints[pathname]?.(searchParams) : undefined;
  };
  return startHttpServer(address, serve, onError);
}

export interface Probes {
  /** A failure restarts the process. */
  readonly live: HealthChecks;
  /** A failure means that the process is not ready. A standby is ready. */
  readonly ready: HealthChecks;
}

/** GET /livez, /healthz (the same) and /readyz, each with ?verbose and ?exclude=name, and /livez/<name> for a single check. */
export function startProbeServer(address: BindAddress, probes: Probes, onError: (error: unknown) => void): Promise<HttpServer> {
  const endpoints = new Map([
    ['livez', probes.live],
    ['healthz', probes.live],
    ['readyz', probes.ready],
  ]);
  return startHttpServer(
    address,
    (url) => {
      const [, endpoint = '', name, ...rest] = url.pathname.split('/');
      const all = endpoints.get(endpoint);
      const checks = all === undefined || rest.length > 0 ? undefined : checksNamed(all, name);
      return checks === undefined ? undefined : probe(endpoint, checks, url.searchParams);
    },
    onError,
  );
}

function checksNamed(checks: HealthChecks, name: string | undefined): HealthChecks | undefined {
  if (name === undefined || name === '') return checks;
  if (name === 'ping') return {};
  const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
  return check && { [name]: check };
}

function probe(endpoint: string, checks: HealthChecks, query: URLSearchParams): HttpResponse {
  const { healthy, text } = reportHealth(endpoint, checks, { verbose: query.has('verbose'), exclude: new Set(query.getAll('exclude')) });
  return { status: healthy ? 200 : 500, body: `${text}\n` };
}
