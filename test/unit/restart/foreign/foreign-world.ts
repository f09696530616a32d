/** An API in memory with its watches, and processes that lead one after the other: what they know of foreign sources. */
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import type { ObjectMeta } from '../../../../src/api/object/object.ts';
import type { DigestKey } from '../../../../src/base/digest.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { TimeSlices } from '../../../../src/base/time/time-slices.ts';
import { ForeignSources, type ForeignOptions } from '../../../../src/restart/foreign/foreign-sources.ts';
import { fieldSelectorOf } from '../../../../src/restart/foreign/left-out.ts';
import { Ledger } from '../../../../src/restart/ledger/ledger.ts';
import { marksOf } from '../../../../src/restart/reloader/options.ts';
import { ObjectVersions } from '../../../../src/watch/object-versions.ts';
import { FakeClock, settleSlices } from '../../../support/fake-clock.ts';
import { type Call, MemoryApi } from '../../../support/fakes/memory-api.ts';
import { MemoryListWatcher } from '../../../support/fakes/memory-list-watcher.ts';
import { operatorNamespace } from '../ledger/entries.ts';
import { optionsOf } from '../reloader/reloader-scene.ts';

export const key: DigestKey = { id: 'k1', bytes: new Uint8Array(32).fill(7) };
export const SETTLE = 10_000;
export const colors = { kind: 'ConfigMap', name: 'colors' } as const;
export const all = { ...colors, keys: 'all' } as const;

export type Options = Partial<Pick<ForeignOptions, 'rules' | 'digestKey' | 'marks'>>;

const reloader = optionsOf();

export class ForeignWorld {
  readonly api = new MemoryApi();
  readonly clock = new FakeClock(Date.UTC(2026, 0, 1), settleSlices);
  /** `namespace/name` of each read of a source. */
  readonly reads: string[] = [];
  readonly changes: string[] = [];
  readonly problems: string[] = [];
  readonly defects: unknown[] = [];
  fault: MemoryApi['fault'] = () => undefined;

  constructor() {
    this.api.fault = (call: Call) => {
      if (call.verb === 'get' && call.namespace !== operatorNamespace) this.reads.push(`${call.namespace}/${call.name}`);
      return this.fault(call);
    };
  }

  /** A process begins to lead. */
  async lead(more: Options = {}) {
    const stop = new AbortController();
    const { signal } = stop;
    const { clock, api } = this;
    const onDefect = (error: unknown): void => void this.defects.push(error);
    const watcher = new MemoryListWatcher(api);
    const failures = { onError: onDefect, onDefect, onFailure: () => undefined };
    const versions = new ObjectVersions({ watcher, clusterWide: true, clock, fieldSelectorOf, signal, ...failures });
    const ledger = new Ledger({
      client: api,
      namespace: operatorNamespace,
      slices: new TimeSlices(),
      clock,
      onProblem: () => undefined,
      shards: 2,
    });
    await ledger.load(signal);
    const sources = new ForeignSources({
      versions,
      client: api,
      ledger,
      digestKey: key,
      clock,
      settle: ms(SETTLE),
      rules: { onCreate: false, onDelete: false },
      marks: { id: 'default', of: (metadata: ObjectMeta) => marksOf(reloader, metadata) },
      onChange: (namespace, { name }) => void this.changes.push(`${namespace}/${name}`),
      onProblem: (namespace, { name }, message) => void this.problems.push(`${namespace}/${name}: ${message}`),
      onDefect,
      signal,
      ...more,
    });
    return { sources, ledger, versions, stop: () => stop.abort() };
  }

  put(name: string, data: Record<string, string>, more: object = {}, namespace = 'team'): void {
    this.api.put(builtin.configMap, { metadata: { name, namespace, ...more }, data });
  }

  putSecret(name: string, values: Record<string, string>, type = 'Opaque', namespace = 'team'): void {
    const data = Object.fromEntries(Object.entries(values).map(([each, value]) => [each, Buffer.from(value).toString('base64')]));
    this.api.put(builtin.secret, { metadata: { name, namespace }, type, data });
  }

  remove(name: string, namespace = 'team'): void {
    this.api.remove(builtin.configMap, namespace, name);
  }

  /** All that happens within the time of settling, and a little more. */
  async settled(): Promise<void> {
    await this.clock.advance(SETTLE + 1_000);
  }
}
