// The state of the emulator: stores of accounts, identities, keys, time, and the switches.
import { createClock, type EmulatorClock } from './clock.ts';
import { EventSource } from './events.ts';
import { Identities } from './iam/identities.ts';
import { createKmsKeys, type KmsKeys } from './kms.ts';
import { ParameterCollection } from './parameter-store/parameter-collection.ts';
import { RotationFunctions } from './secrets-manager/rotation-functions.ts';
import { SecretStore } from './secrets-manager/secret-store.ts';
import { Queues } from './sqs/queues.ts';
import { StaleReads } from './stale-reads.ts';

/** Switches; they may be changed while the emulator runs. */
export interface Switches {
  /** Requests must be signed with a known key, a right signature and a clock at most five minutes off. */
  verifySignatures: boolean;
  /** Identity and resource policies decide; off, every known or unknown caller may do everything. */
  enforceIam: boolean;
  /** Web identity tokens must carry a valid signature of a registered provider (issuer, subject, audience, expiry are always checked). */
  verifyWebIdentity: boolean;
  /** Added to every request, in real milliseconds. */
  latencyMs: number;
  /** Reads of parameters a second that an account and region may make; undefined is no limit (AWS: 40). */
  parameterThroughput?: number;
}

export interface World {
  readonly clock: EmulatorClock;
  readonly switches: Switches;
  readonly identities: Identities;
  readonly kms: KmsKeys;
  readonly events: EventSource;
  readonly queues: Queues;
  readonly stale: StaleReads;
  readonly rotations: RotationFunctions;
  readonly defaultAccount: string;
  readonly defaultRegion: string;
  store(account: string, region: string): SecretStore;
  parameters(account: string, region: string): ParameterCollection;
}

export function createWorld(options: {
  readonly switches: Switches;
  readonly defaultAccount: string;
  readonly defaultRegion: string;
  readonly now?: (() => number) | undefined;
}): World {
  const clock = createClock(options.now);
  const events = new EventSource();
  const stores = new Map<string, SecretStore>();
  const collections = new Map<string, ParameterCollection>();
  return {
    clock,
    events,
    queues: new Queues(clock),
    switches: options.switches,
    identities: new Identities(),
    kms: createKmsKeys(),
    stale: new StaleReads(clock, () => stores.values()),
    rotations: new RotationFunctions(),
    defaultAccount: options.defaultAccount,
    defaultRegion: options.defaultRegion,
    store(account, region) {
      const key = `${account}/${region}`;
      let store = stores.get(key);
      if (!store) {
        store = new SecretStore(account, region, clock, (moved) => events.emit(account, region, clock.now(), moved));
        stores.set(key, store);
      }
      return store;
    },
    parameters(account, region) {
      const key = `${account}/${region}`;
      let collection = collections.get(key);
      if (!collection) {
        collection = new ParameterCollection(account, region, clock, (operation, parameter) =>
          events.emitParameter(account, region, clock.now(), operation, parameter),
        );
        collections.set(key, collection);
      }
      return collection;
    },
  };
}
