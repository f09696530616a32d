import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/object/builtin-types.ts';
import { installation } from '../../../src/api/installation.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { apiVersionOf } from '../../../src/api/object/resource-type.ts';
import { valueIn } from '../../../src/api/object/object.ts';
import { failureReasons, stateReasons, type ReasonEntry } from '../../../src/failure/reasons.ts';

const reasons = [...Object.entries<ReasonEntry>(stateReasons), ...Object.entries<ReasonEntry>(failureReasons)];

describe('reasons', () => {
  it('are told apart by name, success from failure', () => {
    expect(new Set(reasons.map(([name]) => name)).size).toBe(reasons.length);
  });

  // https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#Condition: reason must match this.
  it.each(reasons)('%s is a condition reason with a hint in one line', (name, { hint }) => {
    expect(name).toMatch(/^[A-Z][A-Za-z]{2,60}$/);
    expect(hint).toMatch(/^\S.{10,200}[^.\s]$/);
  });

  // docs/reference/reasons.md has the hint without any message.
  it.each(reasons)('%s has a hint that refers to nothing in front of it', (_name, { hint }) => {
    expect(hint).not.toMatch(/^until then|\bthere\b|says why$/);
  });

  it.each([
    ['AWSUnavailable', /if it lasts, check the region/],
    ['KubernetesUnavailable', /if it lasts, check the API server/],
    ['RestartFailed', /^remove the cause/],
    ['MemoryShareExceeded', /^delete or shorten objects .* or raise the memory limit/],
    ['EventsQueueLimit', /let fewer SecretStores name a queue, or name one queue in a ClusterSecretStore/],
    ['EventsQueueNotAllowed', /name the queue in a ClusterSecretStore, or give the store .* --allow-namespaced-queues$/],
    ['NotListed', /^grant the operator list and watch/],
  ] as const)('%s says what to do', (name, action) => {
    expect(failureReasons[name].hint).toMatch(action);
  });
});

describe('names', () => {
  it('are all under the reserved domain', () => {
    const keys = [...Object.values(keytender.labels), ...Object.values(keytender.annotations), installation.doneUntilAnnotation];
    expect(keys.length).toBeGreaterThan(4);
    for (const key of keys) expect(key.split('/')[0]).toMatch(/^([-a-z]+\.)?keytender\.dev$/);
    expect(keytender.reservedDomains).toEqual([keytender.group]);
  });

  it('have their own short names', () => {
    const shortNames = Object.values(keytender.kinds).flatMap((kind) => kind.shortNames);
    expect(new Set(shortNames).size).toBe(shortNames.length);
  });
});

describe('apiVersionOf', () => {
  it('leaves out the empty core group', () => {
    expect(apiVersionOf(builtin.secret)).toBe('v1');
    expect(apiVersionOf(builtin.deployment)).toBe('apps/v1');
    expect(apiVersionOf(keytender.kinds.secretStore)).toBe('keytender.dev/v1');
  });
});

describe('valueIn', () => {
  it('sees own properties only', () => {
    expect(valueIn({ a: 1 }, 'a')).toBe(1);
    expect(valueIn({ a: 1 }, 'b')).toBeUndefined();
    expect(valueIn({ a: 1 }, 'constructor')).toBeUndefined();
    expect(valueIn(JSON.parse('{"__proto__": 2}') as Record<string, number>, '__proto__')).toBe(2);
    expect(valueIn(undefined, 'a')).toBeUndefined();
  });
});
