import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODULE = resolve(import.meta.dirname, '../../../../src/kube/rest/client-node.ts');

/** Prints which modules of client-node are loaded, and what the KubeConfig that comes of it can do. In a process of its own: Jest resolves by itself. */
const SCRIPT = `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
const { loadKubeConfigClass } = await import(${JSON.stringify(MODULE)});
const config = new (await loadKubeConfigClass())();
config.loadFromClusterAndUser({ name: 'one', server: 'https://127.0.0.1:1' }, { name: 'user', token: 'token' });
const options = {};
await config.applyToHTTPSOptions(options);
const light = loaded.filter((url) => url.includes('/client-node/dist/gen/'));
const { CoreV1Api } = await import('@kubernetes/client-node');
console.log(JSON.stringify({ light, headers: options.headers, client: typeof config.makeApiClient(CoreV1Api).listNamespace }));
`;

describe('loadKubeConfigClass', () => {
  it('loads none of the generated groups and models, and leaves KubeConfig whole', async () => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
      cwd: resolve(import.meta.dirname, '../../../..'),
    });
    const { light, headers, client } = JSON.parse(stdout) as { light: string[]; headers: object; client: string };
    expect(light.some((url) => url.endsWith('/gen/configuration.js'))).toBe(true);
    expect(light.filter((url) => /\/gen\/(index|models|types)/.test(url) || /\/gen\/apis\/\w+Api/.test(url))).toEqual([]);
    expect(headers).toEqual({ Authorization: 'Bearer token' });
    expect(client).toBe('function');
  });
});
