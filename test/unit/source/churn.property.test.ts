// No reference is older than its interval plus the extra time of polling, for every change of its identity.
import { describe, expect, it } from '@jest/globals';
import type { Identity } from '../../../src/aws/credentials/identity.ts';
import { ms } from '../../../src/base/time/clock.ts';
import { SecretValue } from '../../../src/base/secret-value.ts';
import type { SourceEngine } from '../../../src/source/engine-options.ts';
import { CATCH_UP_MS, earliness } from '../../../src/source/schedule/slots.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { randomFrom, type Random } from '../../support/random.ts';
import { current, type EngineWorld, key, MINUTE, startEngine } from './engine-world.ts';

const INTERVAL = ms(60 * MINUTE);
const SECRETS = ['a', 'b', 'c', 'd'];
const DEPENDANTS = ['x', 'y', 'z'];
const STEP = ms(MINUTE / 2);
const HOURS = 24;

/** The kinds of change of an identity, and the time until the next change. */
interface Churn {
  readonly what: string;
  readonly every: number;
  readonly changes: readonly (keyof Standing)[];
  readonly restarts: boolean;
}

/** Counters, each of which is part of the identity. */
interface Standing {
  version: number;
  uid: number;
  role: number;
}

function identityOf({ version, uid, role }: Standing): Identity {
  const value = SecretValue.ofText('canary');
  const origin = [`uid${uid}/${version}/id`, `uid${uid}/${version}/key`];
  return {
    service: 'SecretsManager',
    region: 'eu-central-1',
    base: { kind: 'static', accessKeyId: value, secretAccessKey: value, origin },
    roles: [{ roleArn: `arn:aws:iam::111122223333:role/r${role}`, sessionTags: [], transitiveTagKeys: [] }],
  };
}

/** Reconciles that read nothing: they subscribe to all references of a dependant, with the versions that it holds. */
function subscribe(engine: SourceEngine, dependant: string, identity: Identity): void {
  const interests = SECRETS.map((id) => ({ reference: current(id, identity), refreshInterval: INTERVAL, heldVersionId: 'v1' }));
  engine.subscribe(key(dependant), interests);
}

/** The greatest age of a secret, in milliseconds. */
async function oldestUnder(churn: Churn, random: Random): Promise<number> {
  const clock = new FakeClock();
  const standing: Standing = { version: 0, uid: 0, role: 0 };
  const lastRead = new Map<string, number>();
  let world: EngineWorld = startEngine({ aliveUntil: clock.now() }, clock);
  /** Each dependant is notified of a change a while after it. */
  let late: { readonly at: number; readonly dependant: string }[] = [];
  let changesAt = clock.now() + random() * churn.every;
  let oldest = 0;
  world.aws.put(...SECRETS);
  for (const dependant of DEPENDANTS) subscribe(world.engine, dependant, identityOf(standing));
  for (const id of SECRETS) lastRead.set(id, clock.now());
  const end = clock.now() + HOURS * 60 * MINUTE;
  while (clock.now() < end) {
    await clock.advance(STEP);
    for (const { at, ids } of world.aws.calls.splice(0)) for (const id of ids) lastRead.set(id, clock.now() - (clock.monotonic() - at));
    for (const id of SECRETS) oldest = Math.max(oldest, clock.now() - (lastRead.get(id) ?? 0));
    for (const { dependant } of late.filter(({ at }) => at <= clock.now())) subscribe(world.engine, dependant, identityOf(standing));
    late = late.filter(({ at }) => at > clock.now());
    if (churn.restarts && late.length === 0 && random() < 1 / 60) {
      const aliveUntil = world.engine.readUntil();
      await world[Symbol.asyncDispose]();
      world = startEngine({ aliveUntil }, clock);
      world.aws.put(...SECRETS);
      for (const dependant of DEPENDANTS) subscribe(world.engine, dependant, identityOf(standing));
    }
    if (clock.now() < changesAt) continue;
    changesAt = clock.now() + (0.5 + random()) * churn.every;
    const changed = churn.changes[Math.floor(random() * churn.changes.length)];
    if (changed !== undefined) standing[changed] += 1;
    late = DEPENDANTS.map((dependant) => ({ at: clock.now() + random() * MINUTE, dependant }));
  }
  await world[Symbol.asyncDispose]();
  return oldest;
}

describe('the age of a reference', () => {
  it.each<Churn>([
    { what: 'nothing changes', every: 15 * MINUTE, changes: [], restarts: false },
    { what: 'a token is renewed every 15 minutes', every: 15 * MINUTE, changes: ['version'], restarts: false },
    { what: 'a token is renewed every minute', every: MINUTE, changes: ['version'], restarts: false },
    { what: 'the Secret with the token is made anew every 15 minutes', every: 15 * MINUTE, changes: ['uid'], restarts: false },
    { what: 'everything changes, again and again', every: 10 * MINUTE, changes: ['version', 'uid', 'role'], restarts: false },
    { what: 'a token is renewed and the operator restarts', every: 15 * MINUTE, changes: ['version'], restarts: true },
    { what: 'everything changes and the operator restarts', every: 15 * MINUTE, changes: ['version', 'uid', 'role'], restarts: true },
  ])(
    'does not exceed its interval and what polling adds while $what',
    async (churn) => {
      for (const seed of [1, 2, 3]) {
        const oldest = await oldestUnder(churn, randomFrom(seed));
        // A slot may be served early, so that the next one is further away; a poll here looks every half minute; and a start makes up for what was missed.
        const added = earliness(INTERVAL) + STEP + (churn.restarts ? CATCH_UP_MS + STEP : 0);
        expect(oldest / MINUTE).toBeLessThanOrEqual((INTERVAL + added) / MINUTE);
      }
    },
    60_000,
  );
});
