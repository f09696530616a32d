// An object that is not kept reports this once, in the status that the API has.
import { describe, expect, it } from '@jest/globals';
import type { Condition } from '../../../../src/api/schema/conditions.ts';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import type { OwnObject } from '../../../../src/api/object/object.ts';
import type { KubeFailure } from '../../../../src/kube/port.ts';
import { reportNotKept, type NotKeptContext } from '../../../../src/reconcile/shared/report-not-kept.ts';
import { object } from '../../resolve/entries.ts';
import { reporting } from '../reporting.ts';

const MIB = 1024 * 1024;
const open = new AbortController().signal;
const type = keytender.kinds.externalSecret;
const condition = (kind: string, reason = 'SecretSynced'): Condition => {
  return { type: kind, status: 'True', reason, message: 'fine', lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 3 };
};

type Live = OwnObject & { readonly status?: { readonly conditions: Condition[] } };

function world(refusal?: KubeFailure) {
  const { events, context } = reporting();
  const state: { live: Live } = {
    live: { ...object('ExternalSecret', 'db', 'team'), status: { conditions: [condition('Ready'), condition('Restarted')] } },
  };
  const written: unknown[] = [];
  let reads = 0;
  const client = {
    get: async () => {
      reads += 1;
      return refusal === undefined ? { ok: true, value: state.live } : { ok: false, failure: refusal };
    },
    mergePatch: async (_type: unknown, _name: unknown, body: { readonly status: { conditions: Condition[] } }) => {
      written.push(body);
      state.live = { ...state.live, status: body.status };
      return { ok: true, value: state.live };
    },
  } as unknown as NotKeptContext['client'];
  const cached: Live = { ...object('ExternalSecret', 'db', 'team'), notKept: 2.5 * MIB, status: { conditions: [condition('Ready')] } };
  const report = (of: Live = cached, held = 160 * MIB) => reportNotKept(type, of, { held, most: 164 * MIB }, { ...context, client }, open);
  return { cached, state, events, written, report, reads: () => reads };
}

describe('reportNotKept', () => {
  it('writes Ready once, beside the other conditions, and says what is too much and what to do', async () => {
    const { cached, report, written, events, state, reads } = world();
    for (const held of [160, 161, 162]) expect(await report(cached, held * MIB)).toEqual({ kind: 'done' });
    expect(written).toMatchObject([
      {
        metadata: { uid: 'uid-db', resourceVersion: '1' },
        status: {
          conditions: [{ type: 'Ready', status: 'False', reason: 'MemoryShareExceeded', observedGeneration: 3 }, { type: 'Restarted' }],
        },
      },
    ]);
    const message = state.live.status?.conditions[0]?.message ?? '';
    expect(message).toContain(
      'it takes 2.5 MiB of memory, and the ExternalSecrets of this namespace that are kept take 160.0 MiB of at most 164.0 MiB',
    );
    expect(message.length).toBeLessThanOrEqual(300);
    expect(events).toMatchObject([{ type: 'Warning', reason: 'MemoryShareExceeded', note: message }]);
    expect(reads()).toBe(3);
    await report({ ...cached, status: state.live.status! });
    expect(reads()).toBe(3);
  });

  it('says it of another generation anew, without another Event', async () => {
    const { cached, report, written, events, state } = world();
    await report();
    const next = { ...state.live.metadata, generation: 4 };
    state.live = { ...state.live, metadata: next };
    await report({ ...cached, metadata: next });
    expect([written.length, events.length]).toEqual([2, 1]);
  });

  it('waits for the watch when the API has another generation than the watch has shown', async () => {
    const { cached, report, written, events, state } = world();
    state.live = { ...state.live, metadata: { ...state.live.metadata, generation: 4, resourceVersion: '2' } };
    expect(await report()).toEqual({ kind: 'done' });
    expect([written, events]).toEqual([[], []]);
    expect(await report({ ...cached, metadata: state.live.metadata })).toEqual({ kind: 'done' });
    expect(written).toMatchObject([{ status: { conditions: [{ type: 'Ready', observedGeneration: 4 }, { type: 'Restarted' }] } }]);
  });

  it('says it also where the object cannot be read whole, and leaves alone what is gone or another one', async () => {
    const large = world({ kind: 'too-large', status: 200, message: 'large' });
    expect(await large.report()).toEqual({ kind: 'done' });
    expect(large.written).toHaveLength(1);
    const gone = world({ kind: 'not-found', status: 404, message: 'no' });
    const down = world({ kind: 'unavailable', status: 503, message: 'no' });
    const other = world();
    other.state.live = { ...other.state.live, metadata: { ...other.state.live.metadata, uid: 'later' } };
    expect([await gone.report(), await down.report(), await other.report()]).toMatchObject([
      { kind: 'done' },
      { kind: 'retry' },
      { kind: 'done' },
    ]);
    const deleted = world();
    await deleted.report({ ...deleted.cached, metadata: { ...deleted.cached.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
    expect([gone, down, other, deleted].map(({ written }) => written.length)).toEqual([0, 0, 0, 0]);
  });
});
