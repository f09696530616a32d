// Answers that are slow for one tenant only, or larger than any honest one.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, jest } from '@jest/globals';
import type { Fault } from '../../support/aws/faults.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { holdAgainst, type HostileInput } from '../../support/hostile/harness.ts';
import { many } from '../../support/hostile/many.ts';
import { staticAuth, type Scene } from '../../support/operator/scene.ts';

jest.setTimeout(300_000);

const FAR = 'eu-west-1';
const WATCHED_MS = 15_000;
const LONG_TEXT = "ValidatingAdmissionPolicy 'a' with binding 'b' \"quoted\" arn:aws:iam::111111111111:role/x "
  .repeat(720)
  .slice(0, 65_536);

/** ExternalSecrets of one value each, whose store reads in a region of its own. */
async function createFar({ objects, aws }: Scene, count: number): Promise<void> {
  const provider = { aws: { service: 'SecretsManager', region: FAR, auth: staticAuth('aws-credentials') } };
  await objects.create('secretstores', { metadata: { name: 'far' }, spec: { provider } });
  const secrets = aws.secrets(aws.defaultAccount, FAR);
  await many(count, async (index) => {
    secrets.create(`hostile/${index}`, 'x');
    const data = [{ secretKey: 'value', remoteRef: { key: `hostile/${index}` } }];
    await objects.externalSecret(`far-${index}`, { secretStoreRef: { name: 'far' }, refreshInterval: '1s', data });
  });
}

/** All answers in the region of the attacker's store are like this. */
function answeredWith(name: string, fault: Fault): HostileInput {
  return {
    name,
    rotates: true,
    plant: async (attacker) => {
      const { hits } = await planted(attacker, fault);
      expect(hits()).toBeGreaterThan(1);
    },
  };
}

async function planted(attacker: Scene, fault: Fault): Promise<{ readonly hits: () => number }> {
  const injected = attacker.aws.inject({ region: FAR, fault });
  await createFar(attacker, 100);
  await sleep(WATCHED_MS);
  return { hits: () => injected.hits };
}

holdAgainst([
  {
    name: 'an API server that takes 8 s for each request about one namespace, with 300 ExternalSecrets',
    rotates: true,
    restart: false,
    plant: async (attacker) => {
      const { namespace, aws, objects, proxy } = attacker;
      for (const resource of ['secrets', 'events', 'externalsecrets']) {
        for (const verb of ['get', 'create', 'patch', 'delete']) {
          proxy.inject({ verb, namespace, resource, fault: { kind: 'latency', ms: 8_000 } });
        }
      }
      aws.secrets().create('hostile/value', 'x');
      const data = [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }];
      await many(300, (index) => objects.externalSecret(`slow-${index}`, { refreshInterval: '1s', data }));
      const isSlow = (): boolean => proxy.log.select({ verb: 'create', namespace, resource: 'secrets' }).length > 20;
      await waitUntil('the operator has got slow answers', isSlow, { timeoutMs: 60_000 });
      await sleep(WATCHED_MS);
    },
  },
  answeredWith('refusals of AWS with a text of 64 KiB', { kind: 'error', code: 'AccessDeniedException', message: LONG_TEXT }),
  answeredWith('refusals of AWS with a code of 64 KiB', { kind: 'error', code: LONG_TEXT.replaceAll(/[^A-Za-z]/g, ''), message: 'x' }),
  answeredWith('answers of AWS without an end', { kind: 'endless-body' }),
  answeredWith('errors of AWS whose bodies have no end', { kind: 'endless-body', status: 500 }),
]);
