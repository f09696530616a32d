// Checks whether a Docker engine is available.
import { get } from 'node:http';

const TIMEOUT_MS = 2_000;

/** True when an engine answers at a DOCKER_HOST of the form unix:///path or tcp://host:port. */
export function answers(host: string): Promise<boolean> {
  const url = new URL(host);
  const target = url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port };
  return new Promise((resolve) => {
    const request = get({ ...target, path: '/_ping', timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.on('close', () => resolve(false));
  });
}
