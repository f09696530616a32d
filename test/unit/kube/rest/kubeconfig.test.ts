import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { loadKubeConfig, operatorNamespace } from '../../../../src/kube/rest/kubeconfig.ts';
import { KubeConnection } from '../../../../src/kube/rest/connection.ts';

async function kubeconfig(cluster: object, user: object = {}, files: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'keytender-kubeconfig-'));
  const file = join(folder, 'config');
  const config = {
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'of-context' } }],
    'current-context': 'x',
  };
  await writeFile(file, JSON.stringify(config));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return { folder, file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** Jest allows no module hooks. */
const wholeClass = () => Promise.resolve(KubeConfig);

async function load(file: string) {
  const loaded = await loadKubeConfig(file, wholeClass);
  if (!loaded.ok) throw new Error(loaded.failure.message);
  return loaded.value;
}

describe('kubeconfig', () => {
  it('gives address, context namespace and headers', async () => {
    await using config = await kubeconfig({ server: 'https://cluster.example:6443/k8s' }, { token: 'abc' });
    const credentials = await load(config.file);
    expect(credentials.server.href).toBe('https://cluster.example:6443/k8s');
    expect(credentials.contextNamespace).toBe('of-context');
    expect((await credentials.authorize()).headers).toEqual({ authorization: 'Bearer abc' });
  });

  it('takes user name and password too', async () => {
    await using config = await kubeconfig({ server: 'https://cluster.example' }, { username: 'a', password: 'b' });
    expect((await (await load(config.file)).authorize()).headers).toEqual({ authorization: 'Basic YTpi' });
  });

  it('runs exec plugins', async () => {
    const credential = JSON.stringify({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-plugin' },
    });
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'echo', args: [credential], interactiveMode: 'Never' };
    await using config = await kubeconfig({ server: 'https://cluster.example' }, { exec });
    expect((await (await load(config.file)).authorize()).headers).toEqual({ authorization: 'Bearer from-plugin' });
  });

  it.each([
    ['a missing file', undefined, 'cannot be read'],
    ['plain http', { server: 'http://cluster.example' }, 'plain http'],
    ['no URL', { server: 'cluster example' }, 'not a URL'],
  ])('says what is wrong: %s', async (_case, cluster, message) => {
    await using config = await kubeconfig(cluster ?? {});
    const loaded = await loadKubeConfig(cluster === undefined ? `${config.file}-missing` : config.file, wholeClass);
    expect(loaded.ok).toBe(false);
    if (!loaded.ok) expect(loaded.failure.message).toContain(message);
  });

  it('does not quote a file that is no kubeconfig', async () => {
    await using config = await kubeconfig({});
    await writeFile(config.file, 'token: [CANARY');
    const loaded = await loadKubeConfig(config.file, wholeClass);
    expect(loaded.ok).toBe(false);
    if (!loaded.ok) expect(loaded.failure.message).not.toContain('CANARY');
  });

  it('is not mistaken for one without a current context', async () => {
    await using config = await kubeconfig({});
    await writeFile(config.file, '{"clusters":[],"users":[],"contexts":[]}');
    expect(await loadKubeConfig(config.file, wholeClass)).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining('no current context') },
    });
  });
});

describe('connection', () => {
  it('keeps its pools until the content of a certificate file changes', async () => {
    await using config = await kubeconfig(
      { server: 'https://cluster.example', 'certificate-authority': 'ca.crt' },
      { token: 'a' },
      { 'ca.crt': 'one' },
    );
    await using connection = new KubeConnection(await load(config.file));
    const first = await connection.prepare('calls');
    const watch = await connection.prepare('watches');
    expect((await connection.prepare('calls')).dispatcher).toBe(first.dispatcher);
    expect(watch.dispatcher).not.toBe(first.dispatcher);
    await writeFile(join(config.folder, 'ca.crt'), 'two');
    const second = await connection.prepare('calls');
    expect(second.dispatcher).not.toBe(first.dispatcher);
    expect((await connection.prepare('calls')).dispatcher).toBe(second.dispatcher);
  });

  it.each([
    ['http://proxy.example:3128', 'ProxyAgent'],
    ['socks5://proxy.example:1080', 'Socks5ProxyAgent'],
  ])('goes through the proxy %s of the kubeconfig', async (proxy, name) => {
    await using config = await kubeconfig({ server: 'https://cluster.example', 'proxy-url': proxy });
    await using connection = new KubeConnection(await load(config.file));
    expect((await connection.prepare('calls')).dispatcher.constructor.name).toBe(name);
  });

  it('opens nothing after it was closed', async () => {
    await using config = await kubeconfig({ server: 'https://cluster.example' });
    const connection = new KubeConnection(await load(config.file));
    await connection.prepare('calls');
    await connection[Symbol.asyncDispose]();
    await expect(connection.prepare('calls')).rejects.toThrow('closed');
  });
});

describe('namespace of the operator', () => {
  it('comes from the mounted file, then the context, then the environment', async () => {
    await using config = await kubeconfig({}, {}, { namespace: 'mounted\n' });
    const mounted = join(config.folder, 'namespace');
    const missing = join(config.folder, 'missing');
    const environment = { POD_NAMESPACE: 'pod', KEYTENDER_NAMESPACE: 'own' };
    expect(await operatorNamespace({ contextNamespace: 'context' }, environment, mounted)).toBe('mounted');
    expect(await operatorNamespace({ contextNamespace: 'context' }, environment, missing)).toBe('context');
    expect(await operatorNamespace({ contextNamespace: undefined }, environment, missing)).toBe('pod');
    expect(await operatorNamespace({ contextNamespace: undefined }, { KEYTENDER_NAMESPACE: 'own' }, missing)).toBe('own');
    expect(await operatorNamespace({ contextNamespace: undefined }, {}, missing)).toBeUndefined();
  });
});
