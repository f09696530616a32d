// The simulated ExternalSecrets, their shared secrets, their intervals, and the stores with their identities.
import type { Identity } from '../../src/aws/credentials/identity.ts';
import { keyOf } from '../../src/base/key.ts';
import { type Ms, ms } from '../../src/base/time/clock.ts';
import { randomFrom, type Random } from '../../test/support/random.ts';
import type { DependantKey } from '../../src/source/port.ts';
import { dependantKey } from '../../src/source/references/dependant.ts';

const MINUTE = 60_000;

/** Which share of the secrets is asked for at each interval: those who share a secret mostly agree. */
const INTERVALS = [
  { interval: MINUTE, share: 0.02 },
  { interval: 5 * MINUTE, share: 0.08 },
  { interval: 15 * MINUTE, share: 0.2 },
  { interval: 60 * MINUTE, share: 0.7 },
] as const;
/** Of the resources; these choose an interval of their own. */
const DISSENTERS = 0.02;

/** Which share of the resources reads a secret that so many read. */
const SHARING = [
  { readers: 1, share: 0.5 },
  { readers: 10, share: 0.3 },
  { readers: 200, share: 0.2 },
] as const;

/** Stores differ in size: the n-th of them reads a share of 1/n of what the first one does. */
const IDENTITIES = 40;
const ACCOUNTS = 12;
const REGIONS = ['eu-central-1', 'us-east-1'] as const;
/** Of the secrets; nobody will ever be able to read them. */
const MISSING_SHARE = 0.002;
/** Of the secrets that one resource reads; AWSPREVIOUS can be read one by one only. */
const PREVIOUS_SHARE = 0.005;

export interface RemoteSecret {
  readonly name: string;
  readonly identity: Identity;
  readonly stage: 'AWSCURRENT' | 'AWSPREVIOUS';
  readonly missing: boolean;
  /** The smallest that a resource asks for. */
  interval: Ms;
}

export interface Resource {
  readonly key: DependantKey;
  readonly secret: RemoteSecret;
  readonly interval: Ms;
}

export interface Fleet {
  readonly resources: readonly Resource[];
  readonly secrets: readonly RemoteSecret[];
  readonly identities: readonly Identity[];
  /** The one that may not make batch calls. */
  readonly batchDenied: Identity;
}

export function makeFleet(count: number, seed = 1): Fleet {
  const random = randomFrom(seed);
  const identities = Array.from({ length: IDENTITIES }, (_, index) => identityOf(index));
  const batchDenied = identityOf(IDENTITIES);
  const secrets: RemoteSecret[] = [];
  const resources: Resource[] = [];
  for (const { readers, share } of SHARING) {
    const total = Math.round(count * share);
    for (let begun = 0; begun < total; begun += readers) {
      const identity = random() < 0.002 ? batchDenied : pickStore(identities, random);
      const secret = secretOf(secrets.length, identity, readers, random);
      const usual = pickInterval(random);
      secrets.push(secret);
      for (let reader = begun; reader < Math.min(begun + readers, total); reader++) {
        const interval = random() < DISSENTERS ? pickInterval(random) : usual;
        secret.interval = ms(Math.min(secret.interval, interval));
        resources.push({
          key: dependantKey('externalsecrets.keytender.dev', keyOf(`team-${resources.length % 500}`, `service-${resources.length}`)),
          secret,
          interval,
        });
      }
    }
  }
  return { resources, secrets, identities, batchDenied };
}

function secretOf(index: number, identity: Identity, readers: number, random: Random): RemoteSecret {
  const missing = random() < MISSING_SHARE;
  const stage = readers === 1 && random() < PREVIOUS_SHARE ? 'AWSPREVIOUS' : 'AWSCURRENT';
  return { name: `team-${index % 500}/service-${index}`, identity, stage, missing, interval: ms(Number.POSITIVE_INFINITY) };
}

function identityOf(index: number): Identity {
  const account = String(111_100_000_000 + (index % ACCOUNTS));
  const roleArn = `arn:aws:iam::${account}:role/store-${index}`;
  return {
    service: 'SecretsManager',
    region: REGIONS[Math.floor(index / ACCOUNTS) % REGIONS.length] ?? REGIONS[0],
    base: { kind: 'operator' },
    roles: [{ roleArn, sessionTags: [], transitiveTagKeys: [] }],
  };
}

function pickStore(identities: readonly Identity[], random: Random): Identity {
  const total = identities.reduce((sum, _, index) => sum + 1 / (index + 1), 0);
  let left = random() * total;
  for (const [index, identity] of identities.entries()) {
    left -= 1 / (index + 1);
    if (left < 0) return identity;
  }
  throw new RangeError('no stores');
}

function pickInterval(random: Random): Ms {
  let left = random();
  for (const { interval, share } of INTERVALS) {
    left -= share;
    if (left < 0) return ms(interval);
  }
  return ms(INTERVALS[INTERVALS.length - 1]?.interval ?? MINUTE);
}
