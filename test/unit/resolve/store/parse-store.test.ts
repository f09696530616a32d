// What a store says whose specification cannot be used.
import { describe, expect, it } from '@jest/globals';
import { messageFor } from '../../../../src/messages/message.ts';
import { owner } from '../../../../src/messages/reader.ts';
import { failureReasons } from '../../../../src/failure/reasons.ts';
import type { StoreObject } from '../../../../src/api/schema/secret-store.ts';
import { parseStore } from '../../../../src/resolve/store/parse-store.ts';
import { clusterStore, store } from '../entries.ts';

function told(made: StoreObject): string {
  const parsed = parseStore({ ...made, notKept: 1_000 });
  return parsed.ok ? 'ok' : messageFor(parsed.failure, owner);
}

describe('a store that is too large to be kept', () => {
  const { hint } = failureReasons.MemoryShareExceeded;

  it('is compared with the SecretStores of its namespace', () => {
    expect(told(store({}))).toBe(`it is larger than what may be kept of the SecretStores of its namespace; ${hint}`);
  });

  it('is compared with all ClusterSecretStores, since it has no namespace', () => {
    expect(told(clusterStore({}))).toBe(`it is larger than what may be kept of the ClusterSecretStores; ${hint}`);
  });
});
