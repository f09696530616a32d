// Demands by annotations of Reloader beside those of ExternalSecrets and of the annotation restart.
import { describe, expect, it } from '@jest/globals';
import { type AskedSource, type DemandFacts, demandsOf } from '../../../../src/restart/demand/demands-of.ts';
import { restartSpecOf } from '../../../../src/restart/demand/restart-spec-of.ts';
import type { RestartSpec } from '../../../../src/restart/demand/restart-spec.ts';
import { reduced, setting } from '../consumer/workloads.ts';

const owner = { resource: 'externalsecrets.keytender.dev', namespace: 'team', name: 'db' };
const GROUP = 'externalsecrets.keytender.dev/team/db';
const env = { containers: [{ name: 'app', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'db', key: 'a' } } }] }] };
const pulls = { imagePullSecrets: [{ name: 'db' }] };

function spec(restart: object): RestartSpec {
  const made = restartSpecOf(owner, { restart, target: { name: 'db' } });
  if (!made.ok) throw new Error(made.failure.reason);
  return made.value;
}

const asks = (by: AskedSource['by'], keys: AskedSource['keys'] = 'all', kind: AskedSource['kind'] = 'Secret'): AskedSource => ({
  kind,
  name: 'db',
  keys,
  by,
});

function found(consumer: ReturnType<typeof reduced>, facts: Partial<DemandFacts>) {
  const { demands, refused } = demandsOf(consumer, { specs: [], isManaged: () => true, needsAnnotation: false, asked: [], ...facts });
  return { groups: demands.map(({ group }) => group), refused: refused.map(({ refusal }) => refusal), demands };
}

describe('a source that annotations name', () => {
  it('is a group of its own, one for each kind', () => {
    const { groups, demands } = found(reduced(), { asked: [asks('list'), asks('list', 'all', 'ConfigMap')] });
    expect(groups).toEqual(['Secret/team/db', 'ConfigMap/team/db']);
    expect(demands.map(({ keys, consumption }) => [keys, consumption])).toEqual([
      ['all', undefined],
      ['all', undefined],
    ]);
  });

  it('counts by the keys that are read if it was found, and by all if it is listed', () => {
    const consumer = reduced({ podSpec: env });
    expect(found(consumer, { asked: [asks('auto', ['a'])] }).demands[0]).toMatchObject({ keys: ['a'], consumption: { keys: ['a'] } });
    expect(found(consumer, { asked: [asks('list')] }).demands[0]).not.toHaveProperty('consumption');
  });

  it('is governed by the ExternalSecret that restarts the workload for all its keys', () => {
    const consumer = reduced({ podSpec: env });
    expect(found(consumer, { specs: [spec({ mode: 'Discover' })], asked: [asks('auto', ['a'])] }).groups).toEqual([GROUP]);
    expect(found(consumer, { specs: [spec({ mode: 'Discover', keys: ['b'] })], asked: [asks('auto', ['a'])] }).groups).toEqual([
      GROUP,
      'Secret/team/db',
    ]);
    expect(found(consumer, { specs: [spec({ mode: 'Discover' })], asked: [asks('list', 'all', 'ConfigMap')] }).groups).toEqual([
      GROUP,
      'ConfigMap/team/db',
    ]);
  });

  it('is one demand with the annotation restart', () => {
    const consumer = reduced({ podSpec: env, metadata: { annotations: { [setting('restart')]: 'true' } } });
    expect(found(consumer, {}).groups).toEqual(['Secret/team/db']);
    expect(found(consumer, { asked: [asks('list')] }).groups).toEqual(['Secret/team/db']);
  });

  it('is refused by restart: "false" and by live-reload, and not because it is not annotated or only pulls images', () => {
    const never = reduced({ podSpec: env, metadata: { annotations: { [setting('restart')]: 'false' } } });
    expect(found(never, { asked: [asks('list')] }).refused).toEqual(['OptedOut']);
    const live = reduced({
      metadata: { annotations: { [setting('live-reload')]: 'db' } },
      podSpec: {
        volumes: [{ name: 'v', secret: { secretName: 'db' } }],
        containers: [{ name: 'app', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      },
    });
    expect(found(live, { asked: [asks('list')] }).refused).toEqual(['LiveReload']);
    expect(found(reduced(), { asked: [asks('list')], needsAnnotation: true }).groups).toEqual(['Secret/team/db']);
    expect(found(reduced({ podSpec: pulls }), { asked: [asks('list')] }).groups).toEqual(['Secret/team/db']);
  });
});

describe('a named target', () => {
  const named = spec({ targets: [{ kind: 'Deployment', name: 'app' }] });

  it('needs the annotation if it does not consume the Secret, unless not all of its references are known', () => {
    expect(found(reduced(), { specs: [named], needsAnnotation: true }).refused).toEqual(['NotAnnotated']);
    expect(found({ ...reduced(), hasMoreReferences: true }, { specs: [named], needsAnnotation: true }).groups).toEqual([GROUP]);
    const annotated = reduced({ metadata: { annotations: { [setting('restart')]: 'true' } } });
    expect(found(annotated, { specs: [named], needsAnnotation: true }).groups).toEqual([GROUP]);
  });
});
