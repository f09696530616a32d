// Follows CONTRIBUTING.md, "Add a controller": all work of the operator for a kind follows from one value in the list of controllers.
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { builtin } from '../../../src/api/builtin-types.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import { groupResource } from '../../../src/api/resource-type.ts';
import { controllersOf } from '../../../src/app/controllers.ts';
import { checkSchema } from '../../../src/app/check-schema.ts';
import { controllerRules } from '../../../src/codegen/controller-rules.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';
import { OperateWorld } from './operate-world.ts';
import { TOY, toyController } from './toy-controller.ts';

const all = [...controllersOf(keytender), toyController];

function toy(colour: string, generation: number): KubeObject {
  const metadata = {
    name: 'ball',
    namespace: 'team',
    uid: 'uid-ball',
    resourceVersion: `${generation}`,
    generation,
    creationTimestamp: '',
  };
  return { apiVersion: 'keytender.dev/v1alpha1', kind: 'Toy', metadata, spec: { colour } } as KubeObject;
}

describe('a controller that is added to the list', () => {
  it('gets its objects, a queue, workers, and writes with the rights of the leader', async () => {
    using world = new OperateWorld([], keytender, all);
    world.api.put(TOY, { metadata: { name: 'ball', namespace: 'team' }, spec: { colour: 'red' } });
    world.seen('Toy', toy('red', 1));
    const end = world.lead();
    await world.clock.advance(1_000);
    expect(world.api.find(TOY, 'team', 'ball')?.['status']).toEqual({ colour: 'red' });
    world.seen('Toy', toy('blue', 2));
    await world.clock.advance(1_000);
    expect(world.api.find(TOY, 'team', 'ball')?.['status']).toEqual({ colour: 'blue' });
    world.stop.abort();
    await world.clock.advance(1_000);
    expect(await end).toBe(true);
  });

  it('has its schema checked at a start', async () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', format: 'json', stream: { write: (line) => void lines.push(line) } });
    const options = { types: [toyController.kind.type], dialect: keytender, hashes: { toys: 'new' }, logger };
    const api = new MemoryApi();
    api.put(builtin.customResourceDefinition, {
      metadata: { name: groupResource(TOY), annotations: { [keytender.annotations.schema]: 'old' } },
    });
    await checkSchema(api, options, new AbortController().signal);
    expect(lines.map((line) => (JSON.parse(line) as { crd: string }).crd)).toEqual(['toys.keytender.dev']);
  });

  it('has its rights in the rules of the chart: its kind, its status, and what it names itself', () => {
    const rules = controllerRules([toyController]);
    expect(rules).toContain('resources: [toys]\n  verbs: [list, watch]');
    expect(rules).toContain('resources: [toys/status]\n  verbs: [patch]');
    expect(rules).toContain('# Colours are in a ConfigMap.\n- apiGroups: [""]\n  resources: [configmaps]\n  verbs: [get]');
  });
});
