/**
 * Reads are eventually consistent: an answer that shows an older version than the last one may come from a replica that is behind, or somebody
 * moved the label back. Which of the two is asked of the newer version itself, by its id, where the answer needs no further permission: if it
 * still bears the label, it stays; if it has lost it, the older one is believed (docs/decisions).
 */
import type { Outcome } from '../api/failure.ts';
import type { SecretVersion } from '../aws/port.ts';
import type { Budgets } from './budget/budgets.ts';
import { type Calls, missing } from './calls.ts';
import type { RemoteReference } from './port.ts';
import { referenceKey } from './reference-key.ts';
import type { TrackedReference } from './tracked-reference.ts';

export class Believer {
  readonly #calls: Calls;
  readonly #budgets: Budgets;

  constructor(calls: Calls, budgets: Budgets) {
    this.#calls = calls;
    this.#budgets = budgets;
  }

  /** The answer to go by. */
  async believed(outcome: Outcome<SecretVersion>, tracked: TrackedReference | undefined): Promise<Outcome<SecretVersion>> {
    if (!outcome.ok || tracked === undefined || tracked.observation.kind !== 'version') return outcome;
    const { reference, createdDate, observation } = tracked;
    const { version } = reference;
    if (observation.versionId === outcome.value.versionId || version.kind === 'id') return outcome;
    const older = createdDate !== undefined && outcome.value.createdDate !== undefined && outcome.value.createdDate < createdDate;
    if (!older) return outcome;
    // The id of a parameter's version is our own, and cannot be asked for.
    if (reference.identity.service !== 'SecretsManager') return this.#read(reference);
    const newer = await this.#read({ ...reference, version: { kind: 'id', id: observation.versionId } });
    // A replica that does not even know the newer version is asked once more for what bears the label, and then believed.
    if (!newer.ok) return this.#read(reference);
    return newer.value.stages.includes(version.stage) ? newer : outcome;
  }

  async #read(reference: RemoteReference): Promise<Outcome<SecretVersion>> {
    this.#budgets.spend(reference.identity, 'single');
    const answers = await this.#calls.make([reference]);
    return (answers === 'batch-denied' ? undefined : answers.get(referenceKey(reference))) ?? missing(reference);
  }
}
