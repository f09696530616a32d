// Base images without a registry: Debian packages and the Node of this project, combined to the default images of the Dockerfile.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
  readFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Say } from '../control-plane/progress.ts';
import { mustRun } from '../control-plane/run-command.ts';
import { debianPackages, missingForDebianPackages } from '../debian-packages.ts';
import { importImage } from '../docker-engine/images.ts';
import { makeOwnedFolder } from '../processes/owned-folder.ts';
import { npmSettings } from './npm-settings.ts';

/** Build arguments of the Dockerfile. Empty: its defaults, which the engine gets from a registry. */
export type BaseImages = Readonly<Partial<Record<'NODE_IMAGE' | 'RUNTIME_IMAGE', string>>>;

const NODE = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** What Node is linked with, and what every program may expect to be there. */
const RUNTIME_PACKAGES = ['base-files', 'netbase', 'tzdata', 'ca-certificates', 'libc6', 'libgcc-s1', 'libstdc++6'];
/** A shell and the commands of the Dockerfile. */
const BUILD_PACKAGES = ['dash', 'coreutils', 'findutils', 'libacl1', 'libattr1', 'libgmp10', 'libselinux1', 'libpcre2-8-0'];

/** Makes both in the engine (a few seconds). On a machine without apt the Dockerfile's defaults are used. */
export async function makeBaseImages(say: Say): Promise<BaseImages> {
  const lacking = await missingForDebianPackages();
  if (lacking !== undefined) {
    say(`base images come from their registry: to make them, this machine lacks ${lacking}`);
    return {};
  }
  const runtime = await debianPackages('runtime', RUNTIME_PACKAGES, say);
  const build = await debianPackages('build', BUILD_PACKAGES, say);
  const images = { NODE_IMAGE: 'localhost/keytender-base/node:24', RUNTIME_IMAGE: 'localhost/keytender-base/runtime:24' };
  await makeImage(images.RUNTIME_IMAGE, (root) => fillRuntime(root, runtime), ['USER 65532:65532']);
  const { env } = await npmSettings();
  const variables = Object.entries(env).map(([name, value]) => `ENV ${name}=${value}`);
  await makeImage(images.NODE_IMAGE, (root) => fillBuild(root, [runtime, build]), variables);
  return images;
}

/** Makes an image of one layer in the engine. `fill` gets the folder that becomes its root. */
async function makeImage(name: string, fill: (root: string) => Promise<void>, changes: readonly string[]): Promise<void> {
  using folder = makeOwnedFolder('base-image');
  const root = join(folder.path, 'root');
  mkdirSync(root);
  await fill(root);
  // Its own times and order would make another layer of the same files.
  const flags = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  const tar = spawn('tar', ['--create', ...flags, '--directory', root, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await importImage(tar.stdout, name, changes);
}

/** A shell with a few commands, and nothing else. */
export async function makeShellImage(name: string, say: Say): Promise<void> {
  const packages = [await debianPackages('runtime', RUNTIME_PACKAGES, say), await debianPackages('build', BUILD_PACKAGES, say)];
  await makeImage(name, (root) => fillShell(root, packages), []);
}

async function fillShell(root: string, packages: readonly string[]): Promise<void> {
  for (const one of packages) await copyPackages(root, one);
  if (!existsSync(join(root, 'bin/sh'))) symlinkSync('dash', join(root, 'bin/sh'));
}

async function fillRuntime(root: string, packages: string): Promise<void> {
  await copyPackages(root, packages);
  install(NODE, join(root, 'nodejs/bin/node'));
  writeFileSync(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
  );
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnonroot:x:65532:\n');
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
  write(join(root, CERTIFICATES), certificatesOf(packages));
}

async function fillBuild(root: string, packages: readonly string[]): Promise<void> {
  await fillShell(root, packages);
  install(NODE, join(root, 'usr/local/bin/node'));
  const npm = await npmFolder();
  cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
  const settings = await npmSettings();
  write(
    join(root, CERTIFICATES),
    settings.certificates === undefined ? certificatesOf(packages[0] ?? '') : readFileSync(settings.certificates, 'utf8'),
  );
  write(join(root, 'usr/local/etc/npmrc'), `${settings.npmrc}\ncafile=${CERTIFICATES}\n`);
}

/** The npm of this machine: the package `node` brings none. */
async function npmFolder(): Promise<string> {
  const path = process.env['npm_execpath'] ?? (await mustRun('sh', ['-c', 'command -v npm'])).trim();
  return join(realpathSync(path), '../..'); // npm/bin/npm-cli.js
}

async function copyPackages(root: string, packages: string): Promise<void> {
  await mustRun('cp', ['--archive', '--no-target-directory', packages, root]);
}

/** As update-ca-certificates puts them together. */
function certificatesOf(packages: string): string {
  const folder = join(packages, 'usr/share/ca-certificates/mozilla');
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
}

function install(program: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(program, path);
  chmodSync(path, 0o755);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
