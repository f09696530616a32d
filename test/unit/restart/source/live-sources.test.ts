// Reads of sources before a restart: one for all workloads, and none that is older than a marker.
import { describe, expect, it } from '@jest/globals';
import { ok } from '../../../../src/base/result.ts';
import type { SourceContent } from '../../../../src/restart/source/content.ts';
import { type LiveContent, LiveSources } from '../../../../src/restart/source/live-sources.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { refuse } from '../../../support/fakes/memory-api.ts';

const source = { kind: 'Secret', name: 'db' } as const;
const { signal } = new AbortController();

function content(sequence: number): SourceContent {
  return { sequence, content: `c${sequence}`, changes: [] };
}

class Scene {
  readonly clock = new FakeClock();
  reads = 0;
  answer: LiveContent = ok(content(2));
  readonly live = new LiveSources({
    clock: this.clock,
    read: async () => {
      this.reads += 1;
      return this.answer;
    },
  });

  confirm(marked: number, cached = content(2)) {
    return this.live.confirm('team', source, { cached, marked }, signal);
  }
}

describe('the live content of a source', () => {
  it('is read once for all workloads that are restarted for a content', async () => {
    const scene = new Scene();
    await Promise.all([scene.confirm(0), scene.confirm(1), scene.confirm(2)]);
    expect(scene.reads).toBe(1);
    await scene.confirm(0, content(3));
    expect(scene.reads).toBe(2);
  });

  it('is read again after a minute', async () => {
    const scene = new Scene();
    await scene.confirm(0);
    await scene.clock.advance(60_000);
    await scene.confirm(0);
    expect(scene.reads).toBe(2);
  });

  it('is read again for a marker that is ahead of it: another leader has seen newer content', async () => {
    const scene = new Scene();
    await scene.confirm(2);
    scene.answer = ok(content(3));
    expect(await Promise.all([scene.confirm(3), scene.confirm(3)])).toEqual([ok(content(3)), ok(content(3))]);
    expect(scene.reads).toBe(2);
  });

  it('is behind the marker if the counter of the source was lost', async () => {
    const scene = new Scene();
    await scene.confirm(2);
    expect(await scene.confirm(9)).toEqual(ok(content(2)));
    expect(scene.reads).toBe(2);
  });

  it('is not kept if it could not be read', async () => {
    const scene = new Scene();
    scene.answer = refuse('unavailable');
    expect(await scene.confirm(0)).toEqual(refuse('unavailable'));
    scene.answer = ok(content(2));
    expect(await scene.confirm(0)).toEqual(ok(content(2)));
  });
});
