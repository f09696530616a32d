import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findNodePrograms, missingPackages } from '../../support/node/requirements.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keytender-path-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A PATH with these programs and no others. */
function pathWith(name: string, programs: readonly string[]): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const program of programs) {
    writeFileSync(join(path, program), '#!/bin/sh\n');
    chmodSync(join(path, program), 0o755);
  }
  return path;
}

const BASE = ['ip', 'mount', 'nsenter', 'unshare'];

describe('the requirements of a node', () => {
  it('are told by name where they cannot be met', async () => {
    expect(await findNodePrograms({ platform: 'darwin' })).toEqual({ ok: false, failure: 'a node needs Linux, and this is darwin' });
    const without = await findNodePrograms({ platform: 'linux', root: true, path: pathWith('small', ['mount', 'nsenter']) });
    expect(without).toEqual({ ok: false, failure: 'a node needs ip, unshare (Debian packages iproute2, mount, util-linux)' });
    const user = await findNodePrograms({ platform: 'linux', root: false, path: pathWith('user', [...BASE, 'runc', 'busybox']) });
    expect(user).toMatchObject({
      ok: false,
      failure: expect.stringMatching(/^a node needs root and the Debian packages containerd, iptables/),
    });
  });

  it('count a package as missing when one of its programs is', () => {
    const some = pathWith('some', ['containerd', 'ctr', 'runc', 'iptables', 'busybox']);
    expect(missingPackages(some)).toEqual(expect.arrayContaining(['containerd', 'iptables']));
    const more = pathWith('more', ['containerd-shim-runc-v2', 'iptables-save']);
    expect(missingPackages(`${some}:${more}`).filter((name) => name !== 'containernetworking-plugins')).toEqual([]);
  });

  it('do not count what cannot be executed', () => {
    const path = pathWith('broken', ['runc']);
    chmodSync(join(path, 'runc'), 0o644);
    expect(missingPackages(path)).toContain('runc');
  });
});
