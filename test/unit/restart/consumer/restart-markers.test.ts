// Which restart markers of a workload are kept.
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { reduceConsumer } from '../../../../src/restart/consumer/reduce-consumer.ts';
import { markerOf } from '../../../../src/restart/consumer/restart-markers.ts';
import { raw, reduced, setting } from './workloads.ts';

const { annotations: names } = keytender;
const secret = (name: string): string => `${names.restartPrefix}${name}`;
const configMap = (name: string): string => `${names.restartConfigMapPrefix}${name}`;

describe('restart markers', () => {
  it('are those of Secrets and ConfigMaps on the pod template', () => {
    const template = { [secret('a')]: '1.c', [configMap('a')]: '2.d', 'restart.other.dev/a': 'x', note: 'y' };
    const workload = reduced({ template, metadata: { annotations: { [secret('b')]: '3.e' } } });
    expect([workload.markers, workload.hasMoreMarkers]).toEqual([{ [secret('a')]: '1.c', [configMap('a')]: '2.d' }, false]);
  });

  it('of a Rollout that is restarted by restartAt are on the object itself', () => {
    const shape = {
      template: { [secret('a')]: '1.c' },
      metadata: { annotations: { [secret('a')]: '2.d', [setting('restart-strategy')]: 'restart' } },
    };
    expect(reduced(shape, 'Rollout').markers).toEqual({ [secret('a')]: '2.d' });
    expect(reduced(shape, 'Deployment').markers).toEqual({ [secret('a')]: '1.c' });
  });

  it('include the answer to restart-now, however many others there are: without it the workload would be restarted again and again', () => {
    const others = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [secret(`a${index}`), '1.c']));
    const answer = { [secret('restart_now')]: 'now'.padEnd(128, 'x') };
    expect(reduced({ template: { ...others, ...answer } }).markers).toMatchObject(answer);
  });

  it('are all kept for consumed sources and for those that are asked for, and 32 others', () => {
    const consumed = Array.from({ length: 100 }, (_, index) => `consumed-${index}`);
    const others = Array.from({ length: 2_000 }, (_, index) => `a${index}`);
    const template = Object.fromEntries([...others, ...consumed].map((name) => [secret(name), '1.c']));
    const podSpec = { containers: [{ envFrom: consumed.map((name) => ({ secretRef: { name } })) }] };
    const workload = reduceConsumer('Deployment', raw('Deployment', { template, podSpec }), names, [secret('a1999'), secret('absent')]);
    expect(Object.keys(workload.markers)).toHaveLength(100 + 1 + 32);
    expect(Object.keys(workload.markers)).toEqual(expect.arrayContaining([...consumed.map(secret), secret('a1999')]));
    expect(workload.hasMoreMarkers).toBe(true);
    expect(reduced({ podSpec, template: Object.fromEntries(consumed.map((name) => [secret(name), '1.c'])) }).hasMoreMarkers).toBe(false);
  });

  it('keep no text that is longer than a marker, and no text of another type', () => {
    const template = { [secret('a')]: 'x'.repeat(129), [secret('b')]: 7, [`${names.restartPrefix}__proto__`]: 'c' };
    expect(reduced({ template }).markers).toEqual({ [secret('a')]: '', [secret('b')]: '', [`${names.restartPrefix}__proto__`]: 'c' });
  });

  it('of sources with long names have the bounded name', () => {
    const name = 'n'.repeat(100);
    const marker = markerOf(names, { kind: 'ConfigMap', name });
    expect(marker.length).toBe(names.restartConfigMapPrefix.length + 63);
    const others = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [secret(`a${index}`), 'c']));
    const podSpec = { containers: [{ envFrom: [{ configMapRef: { name } }] }] };
    expect(reduced({ podSpec, template: { ...others, [marker]: '1.c' } }).markers[marker]).toBe('1.c');
  });
});
