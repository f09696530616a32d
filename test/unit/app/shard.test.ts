// A shard reads no queue of change events: it would delete the messages for another shard.
import { describe, expect, it } from '@jest/globals';
import { runOperator } from '../../../src/app.ts';
import { checkShard, wholeInstallation } from '../../../src/app/shard.ts';
import { parseInvocation, type Config } from '../../../src/config.ts';

const QUEUE = '--events-queue-url=https://sqs.eu-central-1.amazonaws.com/111122223333/changes';
const shard = { name: 'b', owns: () => true };

function configOf(...flags: readonly string[]): Config {
  const parsed = parseInvocation(['controller', ...flags], {}, 'test');
  if (parsed.kind !== 'run') throw new Error('bad flags');
  return parsed.config;
}

describe('a shard', () => {
  it('does not start with a queue of change events', async () => {
    const start = runOperator(configOf(QUEUE), new AbortController().signal, () => undefined, shard);
    await expect(start).rejects.toThrow(
      new RangeError(
        'shard "b" cannot read queues of change events, because shards would delete each other\'s messages; ' +
          'remove --events-queue-url (changes are then found by polling), or run the installation without shards',
      ),
    );
  });

  it('does not start where SecretStores may name queues', () => {
    expect(() => checkShard(shard, configOf('--allow-namespaced-queues'))).toThrow(/remove --allow-namespaced-queues/);
  });

  it('starts without queues, and an installation without shards starts with them', () => {
    checkShard(shard, configOf());
    checkShard(wholeInstallation, configOf(QUEUE, '--allow-namespaced-queues'));
  });
});
