// An image registry with user and password, and one image: enough of the OCI distribution API for a pull by a node. It listens on the
// node's own loopback, where containerd does not require TLS.
import { createHash, type BinaryLike } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { mustRun } from '../control-plane/run-command.ts';
import { writeImageArchive } from '../node/image-archive.ts';
import { findNodePrograms } from '../node/requirements.ts';
import type { RunningNode } from '../node/running-node.ts';
import { makeOwnedFolder } from '../processes/owned-folder.ts';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar';

interface Blob {
  readonly digest: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

export interface Registry extends AsyncDisposable {
  /** As pods name it: a shell that waits. */
  readonly image: string;
  /** As the node knows it, for a .dockerconfigjson. */
  readonly host: string;
  /** May be changed; nobody gets anything without it. */
  credential: { readonly username: string; readonly password: string };
  /** Who came, by name, and whether the password was right. */
  readonly visits: readonly string[];
}

/** Serves it to the node, until it is disposed. */
export async function startRegistry(node: RunningNode, credential: Registry['credential']): Promise<Registry> {
  const blobs = await imageBlobs();
  const visits: string[] = [];
  const server = createServer((request, response) => {
    const visitor = visitorOf(request);
    const known = visitor === `${registry.credential.username}:${registry.credential.password}`;
    if (visitor !== undefined) visits.push(`${visitor.split(':')[0] ?? ''} ${known ? 'admitted' : 'refused'}`);
    if (known) serve(blobs, request, response);
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = await node.exposeToPods((server.address() as AddressInfo).port);
  await serveOnLoopback(node, port);
  const registry: Registry = {
    image: `127.0.0.1:${port}/private/app:1`,
    host: `127.0.0.1:${port}`,
    credential,
    visits,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return registry;
}

/** Leads a port of the node's loopback to the same port of this machine. The rules go with the node. */
async function serveOnLoopback(node: RunningNode, port: number): Promise<void> {
  const ofTcp = (address: string): readonly string[] => ['-d', address, '-p', 'tcp', '--dport', String(port)];
  await node.run('sh', ['-c', 'echo 1 > /proc/sys/net/ipv4/conf/uplink/route_localnet']);
  await node.run('iptables', [
    '-w',
    '-t',
    'nat',
    '-A',
    'OUTPUT',
    ...ofTcp('127.0.0.1'),
    '-j',
    'DNAT',
    '--to-destination',
    `${node.hostAddress}:${port}`,
  ]);
  await node.run('iptables', ['-w', '-t', 'nat', '-A', 'POSTROUTING', ...ofTcp(node.hostAddress), '-j', 'MASQUERADE']);
}

function visitorOf({ headers: { authorization } }: IncomingMessage): string | undefined {
  return authorization === undefined ? undefined : Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString('utf8');
}

function serve(blobs: readonly Blob[], request: IncomingMessage, response: ServerResponse): void {
  const [, kind, reference] = /\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? '') ?? [];
  const found = blobs.find(
    ({ digest, mediaType }) => digest === reference || (kind === 'manifests' && mediaType === MANIFEST && reference === '1'),
  );
  if (found === undefined) {
    response.writeHead(request.url === '/v2/' ? 200 : 404).end();
    return;
  }
  const { digest, mediaType, content } = found;
  response.writeHead(200, { 'content-type': mediaType, 'content-length': content.length, 'docker-content-digest': digest });
  response.end(request.method === 'HEAD' ? undefined : content);
}

/** An image of busybox alone: layer, configuration, manifest. */
async function imageBlobs(): Promise<readonly Blob[]> {
  const programs = await findNodePrograms();
  if (!programs.ok) throw new Error(programs.failure);
  using folder = makeOwnedFolder('registry');
  const root = join(folder.path, 'root');
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync(programs.value.busybox, join(root, 'bin/busybox'));
  symlinkSync('busybox', join(root, 'bin/sleep'));
  const archive = join(folder.path, 'image.tar');
  await writeImageArchive(archive, { name: 'private/app:1', root, entrypoint: ['/bin/sleep', '2147483647'] });
  await mustRun('tar', ['-C', folder.path, '-xf', archive]);
  const config = blob(CONFIG, readFileSync(join(folder.path, 'config.json')));
  const layer = blob(LAYER, readFileSync(join(folder.path, 'layer.tar')));
  const manifest = { schemaVersion: 2, mediaType: MANIFEST, config: described(config), layers: [described(layer)] };
  return [config, layer, blob(MANIFEST, Buffer.from(JSON.stringify(manifest)))];
}

function blob(mediaType: string, content: Buffer): Blob {
  return { digest: `sha256:${sha256(content)}`, mediaType, content };
}

function described({ mediaType, content, digest }: Blob): object {
  return { mediaType, size: content.length, digest };
}

function sha256(content: BinaryLike): string {
  return createHash('sha256').update(content).digest('hex');
}
