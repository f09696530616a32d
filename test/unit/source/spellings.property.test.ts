// The answer for a reference depends on its meaning by the rules of AWS, not on its form or on other reads.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RemoteRef } from '../../../src/api/schema/external-secret.ts';
import type { SecretService } from '../../../src/aws/credentials/identity.ts';
import { ms, systemClock } from '../../../src/base/time/clock.ts';
import { TimeSlices } from '../../../src/base/time/time-slices.ts';
import type { Entry } from '../../../src/resolve/entries/plan-references.ts';
import { resolveValues } from '../../../src/resolve/entries/resolve-values.ts';
import { createSecretSource } from '../../../src/source/engine.ts';
import type { SourceEngine } from '../../../src/source/engine-options.ts';
import { referenceKey } from '../../../src/source/references/reference-key.ts';
import { randomFrom, type Random } from '../../support/random.ts';
import { ACCOUNT, REGION, startSdkWorld, textOf, type SdkWorld } from '../aws/sdk-world.ts';
import { onlyStore, planned } from '../resolve/entries.ts';

const NEIGHBOUR = '444455556666';
const [FIRST, SECOND] = ['1', '2'].map((digit) => digit.repeat(32));
const COMPANIES = 30;

/** A way to name a value, and the answer of AWS: a text, or the reason of the failure. */
interface Spelling extends Pick<RemoteRef, 'key' | 'version' | 'metadataPolicy'> {
  readonly means: string;
}

function secretSpellings({ aws }: SdkWorld): readonly Spelling[] {
  const secrets = aws.secrets();
  const db = secrets.create('db', 'db one', { versionId: FIRST!, tags: { team: 'a' } });
  secrets.put('db', 'db two', { versionId: SECOND! });
  secrets.moveStage('db', 'blue', { to: FIRST! });
  // Its name looks like the ARN of `db` without what comes before it.
  const lookalike = secrets.create('db-abcdef', 'lookalike');
  const foreign = aws.secrets(NEIGHBOUR).create('db', 'of the neighbour');
  const gone = secrets.create('gone', 'gone');
  secrets.delete('gone');
  const partial = (arn: string): string => arn.slice(0, -7);
  const versions = [
    { means: 'db two' },
    { version: 'AWSCURRENT', means: 'db two' },
    { version: 'AWSPREVIOUS', means: 'db one' },
    { version: 'blue', means: 'db one' },
    { version: `uuid/${FIRST}`, means: 'db one' },
    { version: `uuid/${SECOND}`, means: 'db two' },
    { version: `uuid/${'3'.repeat(32)}`, means: 'RemoteSecretNotFound' },
    { version: 'green', means: 'RemoteSecretNotFound' },
    { metadataPolicy: 'Fetch', version: 'green', means: '{"team":"a"}' },
  ] as const;
  return [
    ...['db', db.arn, partial(db.arn)].flatMap((key) => versions.map((version) => ({ key, ...version }))),
    { key: 'db-abcdef', means: 'lookalike' },
    { key: lookalike.arn, means: 'lookalike' },
    // By the rule of AWS an ARN with this end is a whole one, and there is none.
    { key: partial(lookalike.arn), means: 'RemoteSecretNotFound' },
    { key: foreign.arn, means: 'of the neighbour' },
    { key: partial(foreign.arn), means: 'AccessDenied' },
    { key: 'gone', means: 'RemoteSecretMarkedForDeletion' },
    { key: gone.arn, means: 'RemoteSecretMarkedForDeletion' },
    { key: 'nothing', means: 'RemoteSecretNotFound' },
    { key: 'no name', means: 'AWSRequestRefused' },
  ];
}

function parameterSpellings({ aws }: SdkWorld): readonly Spelling[] {
  const parameters = aws.parameters();
  for (const name of ['db', '/app/db']) {
    for (const value of ['one', 'two', 'three']) parameters.put(name, `${name} ${value}`);
    parameters.label(name, 2, 'prod');
    parameters.tag(name, { of: name });
  }
  aws.parameters(NEIGHBOUR).put('db', 'of the neighbour');
  const arn = (account: string, path: string): string => `arn:aws:ssm:${REGION}:${account}:parameter/${path}`;
  const ofOne = (name: string, key: string): readonly Spelling[] => [
    { key, means: `${name} three` },
    { key, version: 'AWSCURRENT', means: `${name} three` },
    { key, version: '2', means: `${name} two` },
    { key, version: '002', means: `${name} two` },
    { key, version: 'prod', means: `${name} two` },
    { key, version: '7', means: 'RemoteSecretNotFound' },
    { key, version: 'test', means: 'RemoteSecretNotFound' },
    { key: `${key}:2`, means: `${name} two` },
    { key: `${key}:3`, means: `${name} three` },
    { key: `${key}:prod`, means: `${name} two` },
    { key: `${key}:7`, means: 'RemoteSecretNotFound' },
    { key: `${key}:AWSCURRENT`, means: 'RemoteSecretNotFound' },
    { key: `${key}:2`, version: '2', means: `${name} two` },
    { key: `${key}:prod`, version: 'prod', means: `${name} two` },
    // The reference may mean either of the two.
    { key: `${key}:2`, version: '3', means: 'InvalidSpec' },
    { key: `${key}:2`, version: 'prod', means: 'InvalidSpec' },
    { key: `${key}:2`, version: 'AWSCURRENT', means: 'InvalidSpec' },
    { key: `${key}:prod`, version: '2', means: 'InvalidSpec' },
  ];
  const tags = (key: string, name: string): Spelling => ({ key, metadataPolicy: 'Fetch', means: `{"of":"${name}"}` });
  return [
    ...['db', '/db', arn(ACCOUNT, 'db')].flatMap((key) => ofOne('db', key)),
    ...ofOne('db', 'db').map((spelling) => ({ ...spelling, key: ` ${spelling.key} ` })),
    ...['/app/db', arn(ACCOUNT, 'app/db')].flatMap((key) => ofOne('/app/db', key)),
    ...['db', 'db:2', 'db:prod'].map((key) => tags(key, 'db')),
    tags('/app/db', '/app/db'),
    { key: arn(NEIGHBOUR, 'db'), means: 'AccessDenied' },
    { key: 'nothing', means: 'RemoteSecretNotFound' },
    { key: 'no name', means: 'AWSRequestRefused' },
  ];
}

let world: SdkWorld;
let engine: SourceEngine;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  world = await startSdkWorld();
  engine = createSecretSource({ secrets: world.secrets, clock: systemClock, onChange: () => undefined });
  stop = new AbortController();
  running = engine.run(stop.signal);
});

afterEach(async () => {
  stop.abort(new DOMException('the test is over', 'AbortError'));
  await running;
  await world[Symbol.asyncDispose]();
});

function entriesOf(service: SecretService, spellings: readonly Spelling[]): readonly Entry[] {
  const data = spellings.map((remoteRef, index) => ({ secretKey: `k${index}`, remoteRef }));
  return planned({ secretStoreRef: { name: 's' }, data }, onlyStore({ identity: { ...world.identity, service } }));
}

/** The result of each reference when all are read together: its text, or the reason. */
async function answersTo(service: SecretService, spellings: readonly Spelling[]): Promise<readonly (string | undefined)[]> {
  const entries = entriesOf(service, spellings);
  const references = entries.flatMap(({ problem, reference }) => (problem === undefined ? [reference] : []));
  const answers = await engine.read(references, { maxAge: ms(0), signal: stop.signal });
  return entries.map(({ problem, reference }) => {
    if (problem !== undefined) return 'InvalidSpec';
    const answer = answers.get(referenceKey(reference));
    return answer?.ok === true ? textOf(answer) : answer?.failure.reason;
  });
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

describe.each([
  ['SecretsManager', secretSpellings],
  ['ParameterStore', parameterSpellings],
] as const)('a reference to %s', (service, spellingsIn) => {
  it('is answered by what it means, alone and in any company and order', async () => {
    const spellings = spellingsIn(world);
    const show = (asked: readonly Spelling[], answers: readonly (string | undefined)[]): readonly string[] =>
      asked.map(({ key, version = '', metadataPolicy = '' }, index) => `${key} ${version} ${metadataPolicy}: ${answers[index]}`);
    const expected = (asked: readonly Spelling[]): readonly string[] =>
      show(
        asked,
        asked.map(({ means }) => means),
      );
    for (const spelling of spellings) expect(show([spelling], await answersTo(service, [spelling]))).toEqual(expected([spelling]));
    const random = randomFrom(7);
    for (let company = 0; company < COMPANIES; company += 1) {
      const asked = shuffled(spellings, random).slice(0, 2 + Math.floor(random() * 28));
      expect(show(asked, await answersTo(service, asked))).toEqual(expected(asked));
    }
  }, 60_000);

  it('never contradicts another one that can be read', async () => {
    const spellings = spellingsIn(world).filter(({ means }) => means.includes(' ') || means.startsWith('{'));
    const random = randomFrom(11);
    for (let company = 0; company < COMPANIES / 2; company += 1) {
      const asked = shuffled(spellings, random).slice(0, 2 + Math.floor(random() * 28));
      const work = new TimeSlices().worker('team', stop.signal);
      const options = { namespace: 'team', source: engine, keyOfReference: referenceKey, maxAge: ms(60_000), signal: stop.signal, work };
      const resolution = await resolveValues(entriesOf(service, asked), options);
      if (resolution === 'pending' || !resolution.outcome.ok) throw new Error(JSON.stringify(resolution));
      const values = resolution.outcome.value.values;
      expect(asked.map((_, index) => values.get(`k${index}`)?.reveal().toString())).toEqual(asked.map(({ means }) => means));
    }
  }, 60_000);
});
