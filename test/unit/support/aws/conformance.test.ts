import { GetParametersCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAwsEmulator } from '../../../support/aws/emulator.ts';
import type { AwsEmulator } from '../../../support/aws/emulator-surface.ts';
import { MOTO_VERSION, provideMoto, startMoto, type Moto } from '../../../support/aws/moto.ts';
import { secretsManagerClient, sqsClient, ssmClient, stsClient } from '../../../support/aws/sdk-clients.ts';
import type { Clients } from './conformance/calls.ts';
import { IDENTITIES, LIFECYCLE } from './conformance/lifecycle-probes.ts';
import { BATCHES, LISTS } from './conformance/list-probes.ts';
import { MOTO_DEVIATIONS } from './conformance/moto-deviations.ts';
import { PARAMETERS } from './conformance/parameter-probes.ts';
import { QUEUES } from './conformance/queue-probes.ts';
import { LABELS, VALUES } from './conformance/value-probes.ts';
import { WRITES } from './conformance/writer-probes.ts';

const PROBES = { ...VALUES, ...LABELS, ...BATCHES, ...LISTS, ...LIFECYCLE, ...IDENTITIES, ...QUEUES, ...PARAMETERS, ...WRITES };

// Where python3 or pip cannot provide moto, its second opinion is missing and nothing else.
const provided = await provideMoto();
if ('missing' in provided)
  process.stderr.write(`skipped: conformance with moto ${MOTO_VERSION}, which pip cannot provide (${provided.missing})\n`);
const suite = 'missing' in provided ? describe.skip : describe;

suite('the emulator and moto', () => {
  let aws: AwsEmulator;
  let moto: Moto;
  let ours: Clients;
  let theirs: Clients;

  beforeAll(async () => {
    aws = await startAwsEmulator({ defaultAccount: '123456789012' });
    aws.addRole({ account: '444455556666', name: 'reader', trust: { principals: ['*'] } });
    moto = await startMoto('python' in provided ? provided.python : '');
    [ours, theirs] = [aws, moto].map(({ endpoint }) => ({
      secrets: secretsManagerClient(endpoint, { region: 'eu-central-1' }),
      replica: secretsManagerClient(endpoint, { region: 'us-west-2' }),
      sts: stsClient(endpoint, { region: 'eu-central-1' }),
      sqs: sqsClient(endpoint, { region: 'eu-central-1' }),
      ssm: ssmClient(endpoint, { region: 'eu-central-1', requestTimeoutMs: 50_000 }),
    })) as [Clients, Clients];
    // The first request makes moto load the service, which may take longer than a test.
    await theirs.ssm.send(new GetParametersCommand({ Names: ['none'] }));
  }, 60_000);

  afterAll(async () => {
    for (const client of [ours, theirs].flatMap((clients) => Object.values(clients ?? {}))) (client as { destroy(): void }).destroy();
    await moto?.[Symbol.asyncDispose]();
    await aws?.[Symbol.asyncDispose]();
  });

  it.each(Object.entries(PROBES))('%s', async (name, probe) => {
    const secret = `probe/${name.replaceAll(/[^a-z0-9]+/gi, '.')}`.replaceAll('/', '.');
    const [mine, other] = [await probe(ours, secret), await see(() => probe(theirs, secret))];
    const explanation = MOTO_DEVIATIONS[name];
    if (explanation === undefined) expect(other).toEqual(mine);
    // A deviation that is gone must leave the list.
    else expect(other).not.toEqual(mine);
  });

  it('lists no deviation of a probe that does not exist', () => {
    expect(Object.keys(MOTO_DEVIATIONS).filter((name) => !Object.hasOwn(PROBES, name))).toEqual([]);
  });
});

/** What the other emulator shows: a probe may fail there half-way, which is an observation too. */
async function see(probe: () => Promise<unknown>): Promise<unknown> {
  try {
    return await probe();
  } catch (error) {
    return { failed: (error as Error).name };
  }
}
