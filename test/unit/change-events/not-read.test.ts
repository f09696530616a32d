// What a store is told whose queue is not read.
import { describe, expect, it } from '@jest/globals';
import { messageFor } from '../../../src/messages/message.ts';
import { owner } from '../../../src/messages/reader.ts';
import { notRead, type NoQueueReason } from '../../../src/change-events/not-read.ts';

const says = (standing: NoQueueReason): string => messageFor(notRead(standing, { kind: 'operator', url: 'u' }), owner);

describe('a store whose queue is not read', () => {
  it.each<[NoQueueReason, string]>([
    ['not-allowed', 'queues that SecretStores name are not read here'],
    ['no-credentials', "a SecretStore's queue is not read with the operator's identity"],
  ])('%s: why, once what to do, and what happens meanwhile', (standing, why) => {
    expect(says(standing)).toBe(
      `${why}; secrets are refreshed at refreshInterval: name the queue in a ClusterSecretStore, ` +
        'or give the store spec.provider.aws.auth and start the operator with --allow-namespaced-queues',
    );
  });

  it.each<[NoQueueReason, string]>([
    ['too-many-stores', 'four older stores of this namespace already name this queue; more than four may not'],
    ['beyond-limit', 'this queue is not read: at most 2 queues of one namespace and 20 of all SecretStores are, the oldest stores first'],
  ])('%s: which limit, and how to stay below it', (standing, why) => {
    expect(says(standing)).toBe(
      `${why}; secrets are refreshed at refreshInterval: let fewer SecretStores name a queue, ` +
        'or name one queue in a ClusterSecretStore for all stores',
    );
  });

  it.each<NoQueueReason>(['not-allowed', 'no-credentials', 'too-many-stores', 'beyond-limit', 'missing', 'conflict'])(
    '%s in 300',
    (one) => {
      expect(says(one).length).toBeLessThanOrEqual(300);
    },
  );
});
