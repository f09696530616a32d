/** Prints what happens in a schedule: changes of Secrets, templates and pods, and the life of processes. Values of a schedule are no secrets. */
import { keytender } from '../../../src/api/keytender-dialect.ts';
import type { KubeObject } from '../../../src/api/object/object.ts';
import type { Change } from '../fakes/memory-api.ts';
import type { World } from './world.ts';

export function traceOf(world: World): (line: string) => void {
  const say = (line: string): void => console.log(`    ${new Date(world.clock.now()).toISOString()} ${line}`);
  const seen = new Map<string, string>();
  world.api.watchers.add((change) => {
    const text = textOf(change);
    const id = `${change.resource}/${change.object.metadata.name}`;
    if (text === undefined || seen.get(id) === text) return;
    seen.set(id, text);
    say(`${change.kind} ${id} ${text}`);
  });
  return say;
}

function textOf({ resource, object }: Change): string | undefined {
  if (resource === 'secrets') return `${JSON.stringify(object['data'])} ${recordsOf(object)}`;
  if (resource === 'pods') return JSON.stringify(object['status']);
  if (resource === 'externalsecrets.keytender.dev') return JSON.stringify([restartOf(object), object['status']]);
  if (!resource.endsWith('.apps')) return undefined;
  const { template, ...spec } = object['spec'] as {
    readonly template: { readonly metadata?: { readonly annotations?: object }; readonly spec: object };
  };
  const { paused, replicas, updateStrategy } = spec as { paused?: boolean; replicas?: number; updateStrategy?: object };
  const annotations = Object.entries(template.metadata?.annotations ?? {}).map(([name, value]) => [
    name.replace(/.*\//, ''),
    String(value).slice(0, 12),
  ]);
  return JSON.stringify([{ paused, replicas, updateStrategy }, Object.fromEntries(annotations)]);
}

function restartOf(object: KubeObject): unknown {
  return (object as { readonly spec?: { readonly restart?: unknown } }).spec?.restart;
}

function recordsOf({ metadata }: KubeObject): string {
  const records = Object.entries(metadata.annotations ?? {}).flatMap(([name, text]) => {
    const writer = keytender.records.writerOf(name);
    const record = writer === undefined ? undefined : keytender.records.parse(text);
    return record === undefined
      ? []
      : [`${record.writer}: ${record.sequence}.${record.content.slice(0, 8)} ${JSON.stringify(record.changes ?? [])}`];
  });
  return records.join(' | ');
}
