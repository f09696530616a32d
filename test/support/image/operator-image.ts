// The operator's image from the project's Dockerfile, and an archive of it for engines without a registry. Archives are in the user's
// cache, by the hash of their input.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { failed, ok, type Result } from '../../../src/base/result.ts';
import { cacheEntry, cachePath } from '../control-plane/cache-entry.ts';
import { cacheFolder } from '../control-plane/cache-folder.ts';
import { currentPlatform } from '../control-plane/platform.ts';
import type { Say } from '../control-plane/progress.ts';
import { acquireDockerEngine } from '../docker-engine/engine.ts';
import { buildImage, saveImage } from '../docker-engine/images.ts';
import { ROOT } from '../jest-run.ts';
import { makeBaseImages, type BaseImages } from './base-images.ts';

/** What the Dockerfile reads, and what our base images are made by. */
const INPUTS = [
  'Dockerfile',
  '.dockerignore',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'src/**/*.ts',
  'test/support/image/*.ts',
];
const NO_INPUT = /^src\/codegen\//;
const ARCHIVE = 'image.tar';
/** Another checkout may be using one that is younger. */
const OLD_MS = 60 * 60 * 1000;

export interface OperatorImage {
  /** As the chart takes it; `localhost/keytender:<tag>`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  /** A file as `docker save` makes it. */
  readonly archive: string;
}

export interface BuildRequest {
  readonly name: string;
  readonly bases: BaseImages;
  /** Default: what is checked out. */
  readonly revision?: string;
  /** Default true: layers of an earlier build may be used. */
  readonly cache?: boolean;
}

/** Builds with the engine that was acquired, through Testcontainers. */
export async function buildFromDockerfile({ name, bases, revision, cache = true }: BuildRequest): Promise<void> {
  const { GenericContainer } = await import('testcontainers');
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  const args = { ...bases, VERSION: version, ...(revision === undefined ? {} : { REVISION: revision }) };
  await buildImage(GenericContainer.fromDockerfile(ROOT).withBuildArgs(args).withCache(cache), name);
}

/** The archive of what is checked out; made with a Docker engine when the cache has none. A failure says what this machine lacks for that. */
export async function buildOperatorImage(say: Say): Promise<Result<OperatorImage, string>> {
  if (existsSync(cachePath(cacheFolder(), archiveEntry()))) return ok(await keepArchive(say, () => Promise.resolve()));
  const acquired = await acquireDockerEngine(say);
  if (!acquired.ok) return failed(acquired.failure);
  await using _engine = acquired.value;
  const started = performance.now();
  const name = operatorImageName();
  await buildFromDockerfile({ name, bases: await makeBaseImages(say) });
  say(`image ${name} built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return ok(await keepArchive(say, (path) => saveImage(name, path)));
}

/** The name of the image of what is checked out. */
export function operatorImageName(): string {
  return `localhost/keytender:${contentDigest()}`;
}

/** Puts the archive that `save` writes into the cache, unless it is there already; removes old ones. */
export async function keepArchive(say: Say, save: (path: string) => Promise<void>): Promise<OperatorImage> {
  const folder = await cacheEntry(cacheFolder(), archiveEntry(), say, (partial) => {
    removeOldArchives();
    return save(join(partial, ARCHIVE));
  });
  return { registry: 'localhost', repository: 'keytender', tag: contentDigest(), archive: join(folder, ARCHIVE) };
}

function archiveEntry(): string {
  return `operator-image-${contentDigest()}_${currentPlatform().arch}`;
}

function removeOldArchives(): void {
  const old = readdirSync(cacheFolder()).filter((name) => name.startsWith('operator-image-') && !name.endsWith('.lock'));
  for (const path of old.map((name) => join(cacheFolder(), name))) {
    if (Date.now() - statSync(path).mtimeMs > OLD_MS) rmSync(path, { recursive: true, force: true });
  }
}

function contentDigest(): string {
  const files = globSync(INPUTS, { cwd: ROOT })
    .filter((file) => !NO_INPUT.test(file))
    .sort();
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 12);
}
