import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { controlPlaneEntry, findControlPlaneBinaries, findHelm, findNodeBinaries } from '../../support/control-plane/binaries.ts';
import { selectArchive } from '../../support/control-plane/envtest-archive.ts';
import { isGoNewEnough } from '../../support/control-plane/go-toolchain.ts';
import { currentPlatform } from '../../support/control-plane/platform.ts';
import { mustRun } from '../../support/control-plane/run-command.ts';

const { os, arch } = currentPlatform();
const ARCHIVE = `envtest-v1.34.1-${os}-${arch}.tar.gz`;
const SYSTEM_PATH = ['/usr/bin', '/bin'].join(delimiter);

let folder: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keytender-find-'));
  said = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function script(path: string, ...lines: readonly string[]): string {
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
  return path;
}

/** A folder of binaries that only know their version. */
function fakeAssets(name: string, versions: Readonly<Record<string, string>>): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (const [binary, version] of Object.entries(versions)) script(join(path, binary), `echo "Kubernetes ${version}"`);
  return path;
}

/** A `go` that writes, for `go build -o X`, a binary which says that it was built. Its calls are in go.log. */
function fakeGo(version = 'go1.26.8'): string {
  const bin = join(folder, `go-${version}`, 'bin');
  mkdirSync(bin, { recursive: true });
  script(
    join(bin, 'go'),
    `if [ "$1" = version ]; then echo "go version ${version} linux/amd64"; exit 0; fi`,
    `echo "$@" >> ${folder}/go.log`,
    'while [ "$1" != -o ]; do shift; done',
    'printf "#!/bin/sh\\necho built\\n" > "$2"; chmod 755 "$2"',
  );
  return [bin, SYSTEM_PATH].join(delimiter);
}

function goCalls(): readonly string[] {
  const log = join(folder, 'go.log');
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
}

interface Loopback extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly string[];
}

async function serve(files: Readonly<Record<string, Buffer | string>>): Promise<Loopback> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const file = files[request.url ?? ''];
    response.statusCode = file === undefined ? 404 : 200;
    response.end(file);
  });
  return { ...(await listen(server)), asked };
}

async function listen(server: Server): Promise<AsyncDisposable & { readonly url: string }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function envtestArchive(): Promise<Buffer> {
  fakeAssets('tar/controller-tools/envtest', { 'kube-apiserver': 'v1.34.1', kubectl: 'v1.34.1', etcd: 'v3.6' });
  const path = join(folder, ARCHIVE);
  await mustRun('tar', ['-czf', path, '-C', join(folder, 'tar'), 'controller-tools']);
  return readFileSync(path);
}

function indexYaml(url: string, sha512: string): string {
  return `releases:\n  v1.34.1:\n    ${ARCHIVE}:\n      hash: ${sha512}\n      selfLink: ${url}\n`;
}

/** An index and archive on loopback; the index names the archive's address, so it is served by a second server. */
async function serveEnvtest(
  sha512?: string,
): Promise<{ readonly archives: Loopback; readonly index: Loopback; readonly indexUrl: string }> {
  const archive = await envtestArchive();
  const archives = await serve({ '/envtest': archive });
  const yaml = indexYaml(`${archives.url}/envtest`, sha512 ?? createHash('sha512').update(archive).digest('hex'));
  const index = await serve({ '/index.yaml': yaml });
  return { archives, index, indexUrl: `${index.url}/index.yaml` };
}

async function find(env: NodeJS.ProcessEnv): Promise<Awaited<ReturnType<typeof findControlPlaneBinaries>>> {
  return findControlPlaneBinaries({ env: { XDG_CACHE_HOME: folder, PATH: SYSTEM_PATH, ...env }, say: (line) => said.push(line) });
}

const entry = (): string => join(folder, 'keytender', controlPlaneEntry());

// Nothing listens on port 1 of a machine that anybody tests on.
const NOWHERE = 'http://127.0.0.1:1/';

describe('findControlPlaneBinaries', () => {
  it('takes KUBEBUILDER_ASSETS when a kube-controller-manager of the same minor version is beside the rest', async () => {
    const assets = fakeAssets('assets', { 'kube-apiserver': 'v1.33.2', 'kube-controller-manager': 'v1.33.7', etcd: 'v3', kubectl: 'v1' });
    const found = await find({ KUBEBUILDER_ASSETS: assets });
    expect(found.kubeApiserver).toBe(join(assets, 'kube-apiserver'));
    expect(found.kubeControllerManager).toBe(join(assets, 'kube-controller-manager'));
  });

  it('builds the missing kube-controller-manager for assets of the pinned minor version', async () => {
    const assets = fakeAssets('assets', { 'kube-apiserver': 'v1.34.0', etcd: 'v3', kubectl: 'v1' });
    const found = await find({ KUBEBUILDER_ASSETS: assets, PATH: fakeGo() });
    expect(found.etcd).toBe(join(assets, 'etcd'));
    expect(await mustRun(found.kubeControllerManager, [])).toBe('built\n');
    expect(goCalls()).toHaveLength(1);
    expect(goCalls()[0]).toContain('-tags controllermanager');
  });

  it('passes over assets of another minor version without a fitting kube-controller-manager', async () => {
    const assets = fakeAssets('assets', { 'kube-apiserver': 'v1.33.2', 'kube-controller-manager': 'v1.34.4', etcd: 'v3', kubectl: 'v1' });
    const found = await find({ KUBEBUILDER_ASSETS: assets, KEYTENDER_ENVTEST_INDEX_URL: NOWHERE, PATH: fakeGo() });
    expect(found.kubeApiserver).toBe(join(entry(), 'kube-apiserver'));
    expect(said.join('\n')).toContain('kube-apiserver 1.33');
  });

  it('passes over assets that lack a binary, and names it', async () => {
    const assets = fakeAssets('assets', { 'kube-apiserver': 'v1.34.0', etcd: 'v3' });
    await find({ KUBEBUILDER_ASSETS: assets, KEYTENDER_ENVTEST_INDEX_URL: NOWHERE, PATH: fakeGo() });
    expect(said[0]).toContain('lacks kubectl');
  });

  it('takes the envtest archive, builds only kube-controller-manager, and asks nobody the second time', async () => {
    const { archives, index, indexUrl } = await serveEnvtest();
    await using _archives = archives;
    await using _index = index;
    const env = { KEYTENDER_ENVTEST_INDEX_URL: indexUrl, PATH: fakeGo() };
    const first = await find(env);
    expect(await mustRun(first.kubeApiserver, [])).toBe('Kubernetes v1.34.1\n');
    expect(await mustRun(first.kubeControllerManager, [])).toBe('built\n');
    expect(goCalls()).toEqual([expect.stringContaining('-tags controllermanager')]);
    const second = await find({ KEYTENDER_ENVTEST_INDEX_URL: indexUrl });
    expect(second).toEqual(first);
    expect(index.asked).toHaveLength(1);
    expect(archives.asked).toHaveLength(1);
  });

  it('refuses an archive whose checksum is not the published one, and builds instead', async () => {
    const { archives, index, indexUrl } = await serveEnvtest('0'.repeat(128));
    await using _archives = archives;
    await using _index = index;
    const found = await find({ KEYTENDER_ENVTEST_INDEX_URL: indexUrl, PATH: fakeGo() });
    expect(archives.asked).toHaveLength(1);
    expect(said.join('\n')).toMatch(/its sha512 is [0-9a-f]{128}, not 0+ as published/);
    expect(await mustRun(found.kubeApiserver, [])).toBe('built\n');
  });

  it('moves on at once when the index cannot be reached', async () => {
    const found = await find({ KEYTENDER_ENVTEST_INDEX_URL: NOWHERE, PATH: fakeGo() });
    expect(said.join('\n')).toContain('no envtest archive');
    expect(await mustRun(found.etcd, [])).toBe('built\n');
    expect(goCalls()).toHaveLength(2);
  });

  it('gives up on an index that accepts but never answers', async () => {
    await using silent = await listen(createServer(() => undefined));
    await find({ KEYTENDER_ENVTEST_INDEX_URL: silent.url, PATH: fakeGo() });
    expect(said.join('\n')).toContain('no answer in time');
  }, 15_000);

  it('says what to install when there is no Go either', async () => {
    const missing = find({ KEYTENDER_ENVTEST_INDEX_URL: NOWHERE, KEYTENDER_GO_DOWNLOADS_URL: NOWHERE, PATH: noGo() });
    await expect(missing).rejects.toThrow(/there is no go >= 1\.24 on PATH.*Install Go, or set KUBEBUILDER_ASSETS/);
    expect(existsSync(entry())).toBe(false);
  });

  it('fetches Go with its checksum when the one on PATH is too old', async () => {
    const go = await goArchive();
    const filename = `go1.26.8.${os}-${arch}.tar.gz`;
    await using downloads = await serveGo(go, filename, createHash('sha256').update(go).digest('hex'));
    const env = { KEYTENDER_ENVTEST_INDEX_URL: NOWHERE, KEYTENDER_GO_DOWNLOADS_URL: downloads.url, PATH: fakeGo('go1.19.8') };
    const found = await find(env);
    expect(await mustRun(found.etcd, [])).toBe('built by the fetched go\n');
    expect(downloads.asked).toEqual(['/?mode=json', `/${filename}`]);
  });

  it('refuses a Go whose checksum is not the published one', async () => {
    await using downloads = await serveGo(await goArchive(), `go1.26.8.${os}-${arch}.tar.gz`, '0'.repeat(64));
    const env = { KEYTENDER_ENVTEST_INDEX_URL: NOWHERE, KEYTENDER_GO_DOWNLOADS_URL: downloads.url, PATH: noGo() };
    await expect(find(env)).rejects.toThrow(/its sha256 is [0-9a-f]{64}, not 0{64} as published/);
  });

  it('leaves nothing in the cache when a build fails, and builds once for two that ask at once', async () => {
    const bin = join(folder, 'broken');
    mkdirSync(bin);
    script(join(bin, 'go'), 'if [ "$1" = version ]; then echo go version go1.26.8 x; else echo "undefined: foo"; exit 1; fi');
    const env = { KEYTENDER_ENVTEST_INDEX_URL: NOWHERE };
    await expect(find({ ...env, PATH: [bin, SYSTEM_PATH].join(delimiter) })).rejects.toThrow('undefined: foo');
    expect(readdirSync(join(folder, 'keytender')).filter((name) => name.includes('control-plane'))).toEqual([]);
    await Promise.all([find({ ...env, PATH: fakeGo() }), find({ ...env, PATH: fakeGo() })]);
    expect(goCalls()).toHaveLength(2); // etcd and kubernetes, once each
  });

  it('builds helm once', async () => {
    const options = { env: { XDG_CACHE_HOME: folder, PATH: fakeGo() }, say: (line: string) => said.push(line) };
    const helm = await findHelm(options);
    expect(await findHelm(options)).toBe(helm);
    expect(goCalls()).toEqual([expect.stringContaining('helm.sh/helm/v3/cmd/helm')]);
  });

  it('builds what a node needs once, and apart from the control plane', async () => {
    const options = { env: { XDG_CACHE_HOME: folder, PATH: fakeGo() }, say: (line: string) => said.push(line) };
    const { kubelet, kubeScheduler } = await findNodeBinaries(options);
    expect(await findNodeBinaries(options)).toEqual({ kubelet, kubeScheduler });
    expect(goCalls()).toEqual([expect.stringMatching(/-tags node \.$/)]);
    expect(await Promise.all([mustRun(kubelet, []), mustRun(kubeScheduler, [])])).toEqual(['built\n', 'built\n']);
    expect(existsSync(entry())).toBe(false);
  });
});

/** A PATH with tar and the like but no go. */
function noGo(): string {
  const bin = join(folder, 'no-go');
  mkdirSync(bin, { recursive: true });
  for (const tool of ['tar', 'gzip', 'sh', 'setpriv', 'true'])
    if (existsSync(`/bin/${tool}`)) script(join(bin, tool), `exec /bin/${tool} "$@"`);
  return bin;
}

async function goArchive(): Promise<Buffer> {
  const bin = join(folder, 'go-archive', 'go', 'bin');
  mkdirSync(bin, { recursive: true });
  script(
    join(bin, 'go'),
    'while [ "$1" != -o ]; do shift; done',
    'printf "#!/bin/sh\\necho built by the fetched go\\n" > "$2"; chmod 755 "$2"',
  );
  const path = join(folder, 'go.tar.gz');
  await mustRun('tar', ['-czf', path, '-C', join(folder, 'go-archive'), 'go']);
  return readFileSync(path);
}

function serveGo(archive: Buffer, filename: string, sha256: string): Promise<Loopback> {
  const file = { filename, os, arch, sha256, kind: 'archive' };
  const releases = [
    { version: 'go1.27rc1', stable: false, files: [{ ...file, filename: 'unstable.tar.gz' }] },
    { version: 'go1.26.8', stable: true, files: [{ ...file, filename: 'installer.msi', kind: 'installer' }, file] },
  ];
  return serve({ '/?mode=json': JSON.stringify(releases), [`/${filename}`]: archive });
}

describe('selectArchive', () => {
  const index = ['v1.34.0', 'v1.34.10', 'v1.34.9', 'v1.35.0']
    .map((version) => {
      const file = (system: string): string =>
        `    envtest-${version}-${system}.tar.gz:\n      hash: ${version}-${system}\n      selfLink: http://x/${version}/${system}\n`;
      return `  ${version}:\n${file('darwin-arm64')}${file('linux-amd64')}`;
    })
    .join('');

  it('takes the newest patch version of the minor version, by number', () => {
    const linux = { os: 'linux', arch: 'amd64' };
    expect(selectArchive(`releases:\n${index}`, '1.34', linux)).toEqual({
      version: 'v1.34.10',
      url: 'http://x/v1.34.10/linux-amd64',
      sha512: 'v1.34.10-linux-amd64',
    });
  });

  it('finds none for another platform or minor version', () => {
    expect(selectArchive(index, '1.34', { os: 'linux', arch: 's390x' })).toBeUndefined();
    expect(selectArchive(index, '1.3', { os: 'linux', arch: 'amd64' })).toBeUndefined();
  });
});

describe('isGoNewEnough', () => {
  it.each([
    ['go version go1.24.0 linux/amd64', true],
    ['go version go1.26.8 linux/amd64', true],
    ['go version go2.0 linux/amd64', true],
    ['go version go1.23.12 linux/amd64', false],
    ['go version go1.9 linux/amd64', false],
    ['gibberish', false],
  ])('%s: %s', (output, enough) => expect(isGoNewEnough(output)).toBe(enough));
});
