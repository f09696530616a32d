// All secrets of one account and region. Records are immutable; replaced ones are kept for ten minutes for stale reads.
import { notFound } from '../aws-error.ts';
import { parseSecretArn } from '../arn.ts';
import type { EmulatorClock } from '../clock.ts';
import { PENDING, PREVIOUS, type Secret } from './secret.ts';

const HISTORY_MS = 600_000;
const SILENT_LABELS = new Set([PENDING, PREVIOUS]);

/** Read access to one moment of a store. */
export interface SecretView {
  byName(name: string): Secret | undefined;
  all(): Iterable<Secret>;
}

export interface LabelMoved {
  readonly secret: Secret;
  readonly label: string;
  readonly versionId: string;
}

interface HistoryEntry {
  readonly untilMs: number;
  readonly secret: Secret | undefined;
}

export class SecretStore implements SecretView {
  readonly account: string;
  readonly region: string;
  /** Day of the last read by ARN; kept apart because reads must not make new records. */
  readonly lastAccessedDay = new Map<string, number>();
  readonly #clock: EmulatorClock;
  readonly #onLabelMoved: (event: LabelMoved) => void;
  readonly #secrets = new Map<string, Secret>();
  readonly #history = new Map<string, HistoryEntry[]>();

  constructor(account: string, region: string, clock: EmulatorClock, onLabelMoved: (event: LabelMoved) => void) {
    this.account = account;
    this.region = region;
    this.#clock = clock;
    this.#onLabelMoved = onLabelMoved;
  }

  byName(name: string): Secret | undefined {
    const secret = this.#secrets.get(name);
    if (secret?.deletionMs !== undefined && secret.deletionMs <= this.#clock.now()) {
      this.remove(name);
      return undefined;
    }
    return secret;
  }

  *all(): Iterable<Secret> {
    for (const name of this.#secrets.keys()) {
      const secret = this.byName(name);
      if (secret) yield secret;
    }
  }

  /** Stores a new state of a secret and reports the labels that moved to a new version (not those of a secret just created). */
  save(secret: Secret): Secret {
    const before = this.#secrets.get(secret.name);
    if (before === secret) return secret;
    this.#remember(secret.name, before);
    this.#secrets.set(secret.name, secret);
    if (!before) return secret;
    for (const [label, versionId] of secret.labels) {
      if (before.labels.get(label) !== versionId && !SILENT_LABELS.has(label)) this.#onLabelMoved({ secret, label, versionId });
    }
    return secret;
  }

  remove(name: string): void {
    const before = this.#secrets.get(name);
    if (!before) return;
    this.#remember(name, before);
    this.#secrets.delete(name);
    this.lastAccessedDay.delete(before.arn);
  }

  /** The store as it is now, unmoved by later writes. */
  freeze(): SecretView {
    const frozen = new Map(this.#secrets);
    return { byName: (name) => frozen.get(name), all: () => frozen.values() };
  }

  /** The store as it was `lagMs` ago (at most ten minutes). */
  lagging(lagMs: number): SecretView {
    const atMs = this.#clock.now() - lagMs;
    const names = new Set([...this.#secrets.keys(), ...this.#history.keys()]);
    const byName = (name: string): Secret | undefined => {
      const past = this.#history.get(name)?.find((entry) => entry.untilMs > atMs);
      return past ? past.secret : this.#secrets.get(name);
    };
    return { byName, all: () => [...names].map(byName).filter((secret) => secret !== undefined) };
  }

  #remember(name: string, secret: Secret | undefined): void {
    const now = this.#clock.now();
    const entries = (this.#history.get(name) ?? []).filter((entry) => entry.untilMs > now - HISTORY_MS);
    entries.push({ untilMs: now, secret });
    this.#history.set(name, entries);
  }
}

/** Finds a secret by name, ARN or partial ARN as a caller of `account` and `region` would; a name never reaches another account. */
export function findSecret(view: SecretView, at: { readonly account: string; readonly region: string }, secretId: string): Secret {
  const arn = parseSecretArn(secretId);
  if (!arn) {
    const secret = secretId.startsWith('arn:') ? undefined : view.byName(secretId);
    if (!secret) throw notFound();
    return secret;
  }
  if (arn.region !== at.region) throw notFound();
  // An ARN that ends in a hyphen and six characters is always read as complete, which is why names should not end so.
  const complete = /^(.+)-[A-Za-z0-9]{6}$/.exec(arn.resource);
  const secret = view.byName(complete ? complete[1]! : arn.resource);
  if (!secret) throw notFound();
  if (complete && secret.arn !== secretId) throw notFound();
  return secret;
}
