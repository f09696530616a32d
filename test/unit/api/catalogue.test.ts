import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/builtin-types.ts';
import { installation } from '../../../src/api/installation.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { apiVersionOf } from '../../../src/api/resource-type.ts';
import { valueIn } from '../../../src/api/object.ts';
import { failureReasons, settledReasons, type ReasonEntry } from '../../../src/api/reasons.ts';

const reasons = [...Object.entries<ReasonEntry>(settledReasons), ...Object.entries<ReasonEntry>(failureReasons)];

describe('reasons', () => {
  it('are told apart by name, success from failure', () => {
    expect(new Set(reasons.map(([name]) => name)).size).toBe(reasons.length);
  });

  // https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#Condition: reason must match this.
  it.each(reasons)('%s is a condition reason with a hint in one line', (name, { hint }) => {
    expect(name).toMatch(/^[A-Z][A-Za-z]{2,60}$/);
    expect(hint).toMatch(/^\S.{10,200}[^.\s]$/);
  });
});

describe('names', () => {
  it('are all under the reserved domain', () => {
    const keys = [...Object.values(keytender.labels), ...Object.values(keytender.annotations), installation.doneUntilAnnotation];
    expect(keys.length).toBeGreaterThan(4);
    for (const key of keys) expect(key.split('/')[0]).toMatch(/^([a-z]+\.)?keytender\.dev$/);
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
