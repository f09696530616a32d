import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mustRun } from '../../support/control-plane/run-command.ts';
import { writeImageArchive } from '../../support/node/image-archive.ts';

let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keytender-archive-'));
  root = join(folder, 'root');
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'bin/hello'), '#!/bin/sh\necho hello\n');
  chmodSync(join(root, 'bin/hello'), 0o755);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const archive = (name: string): Promise<string> =>
  writeImageArchive(join(folder, name), { name: 'ground.example/hello:1', root, entrypoint: ['/bin/hello'] });

describe('an image archive', () => {
  it('names its image, what it starts, and the digest of its files', async () => {
    const out = join(folder, 'out');
    mkdirSync(out);
    await mustRun('tar', ['-xf', await archive('one.tar'), '-C', out]);
    const read = (name: string): unknown => JSON.parse(readFileSync(join(out, name), 'utf8'));
    const digest = createHash('sha256')
      .update(readFileSync(join(out, 'layer.tar')))
      .digest('hex');
    expect(read('manifest.json')).toEqual([{ Config: 'config.json', RepoTags: ['ground.example/hello:1'], Layers: ['layer.tar'] }]);
    expect(read('config.json')).toMatchObject({
      os: 'linux',
      config: { Entrypoint: ['/bin/hello'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    });
    const files = (await mustRun('tar', ['-tvf', join(out, 'layer.tar'), '--numeric-owner'])).trim().split('\n');
    expect(files.map((line) => line.replace(/\s+/g, ' '))).toContainEqual(
      expect.stringMatching(/^-rwxr-xr-x 0\/0 21 1970-01-01 .*bin\/hello$/),
    );
  });

  it('is the same for the same files, whenever they were written', async () => {
    const first = readFileSync(await archive('one.tar'));
    utimesSync(join(root, 'bin/hello'), new Date(0), new Date(1e12));
    expect(readFileSync(await archive('two.tar')).equals(first)).toBe(true);
    writeFileSync(join(root, 'bin/hello'), 'other');
    expect(readFileSync(await archive('three.tar')).equals(first)).toBe(false);
  });
});
