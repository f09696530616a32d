// Makes container images from folders, as archives that containerd and docker import, without a registry and an engine.
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { currentPlatform } from '../control-plane/platform.ts';
import { mustRun } from '../control-plane/run-command.ts';

export interface ImageOptions {
  /** Such as ground.example/busybox:1. */
  readonly name: string;
  /** Its file system. All files get root as their owner. */
  readonly root: string;
  readonly entrypoint: readonly string[];
}

/** The time of everything in an archive, so that the same files make the same image. */
const SAME_METADATA = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];

/** Writes the archive (the form of docker save) to `path` and returns the path. */
export async function writeImageArchive(path: string, { name, root, entrypoint }: ImageOptions): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'keytender-image-'));
  try {
    const layer = join(folder, 'layer.tar');
    await mustRun('tar', ['-C', root, ...SAME_METADATA, '-cf', layer, '.']);
    const write = (file: string, content: unknown): void => writeFileSync(join(folder, file), JSON.stringify(content));
    write('config.json', imageConfig(entrypoint, await sha256(layer)));
    write('manifest.json', [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }]);
    await mustRun('tar', ['-C', folder, ...SAME_METADATA, '-cf', path, 'manifest.json', 'config.json', 'layer.tar']);
    return path;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function imageConfig(entrypoint: readonly string[], layerDigest: string): unknown {
  return {
    architecture: currentPlatform().arch,
    os: 'linux',
    config: { Entrypoint: entrypoint, Env: ['PATH=/usr/local/bin:/usr/bin:/bin:/sbin'], WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created: '1970-01-01T00:00:00Z' }],
  };
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
