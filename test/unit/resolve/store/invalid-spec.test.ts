import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { externalSecretSpecSchema } from '../../../../src/api/schema/external-secret.ts';
import { messageFor } from '../../../../src/messages/message.ts';
import { owner } from '../../../../src/messages/reader.ts';
import { failureReasons } from '../../../../src/failure/reasons.ts';
import { invalidSpec } from '../../../../src/resolve/store/invalid-spec.ts';

function messageOf(schema: z.ZodType, value: unknown): string | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return undefined;
  const outcome = invalidSpec(parsed.error);
  return outcome.ok ? undefined : `${outcome.failure.reason} ${outcome.failure.message}`;
}

describe('invalidSpec', () => {
  it('names the field and what is wrong with it, never the value', () => {
    const spec = { secretStoreRef: { name: 'aws' }, data: [{ secretKey: 'canary key!', remoteRef: { key: 'db' } }] };
    expect(messageOf(externalSecretSpecSchema, spec)).toBe('InvalidSpec spec.data.0.secretKey: invalid format');
  });

  it('names three fields with long names within one message', () => {
    const names = ['a', 'b', 'c', 'd'].map((name) => name.repeat(40));
    const long = z.object(Object.fromEntries(names.map((name) => [name, z.object({ [name]: z.string() })])));
    const parsed = long.safeParse(Object.fromEntries(names.map((name) => [name, {}])));
    const outcome = invalidSpec(parsed.error as z.ZodError);
    const message = outcome.ok ? '' : messageFor(outcome.failure, owner);
    const named = names.slice(0, 3).map((name) => `spec.${name.slice(0, 32)}….${name.slice(0, 22)}…: invalid type`);
    expect(message).toBe(`${named.join('; ')} (and 1 more); ${failureReasons.InvalidSpec.hint}`);
  });

  it('names three fields and counts the others', () => {
    const five = z.object(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, z.string()])));
    expect(messageOf(five, {})).toBe('InvalidSpec spec.a: invalid type; spec.b: invalid type; spec.c: invalid type (and 2 more)');
  });
});
