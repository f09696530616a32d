/**
 * Checks answers that may be stale. Reads are eventually consistent: an answer with an older version than the newest known one may come
 * from a replica that is behind, or a person has moved the label back. To decide, the check reads the newer version by its id, which needs
 * no further permission: if the newer version still has the label, it stays; if it has lost the label, the older version is accepted
 * (docs/decisions).
 */
import type { Outcome } from '../../../failure/failure.ts';
import { shownVersionId } from '../../../aws/parameter-store/parameter-version.ts';
import type { SecretVersion } from '../../../aws/port.ts';
import { ok } from '../../../base/result.ts';
import type { CallBudgets } from '../../limits/budgets/call-budgets.ts';
import { type CallExecutor, missing } from '../call/call-executor.ts';
import type { DatedVersion, RemoteReference } from '../../port.ts';
import { keyed } from '../../references/reference-key.ts';
import { isOlder, type TrackedReference } from '../../references/tracked-reference.ts';

export class StaleAnswerCheck {
  readonly #calls: CallExecutor;
  readonly #budgets: CallBudgets;

  constructor(calls: CallExecutor, budgets: CallBudgets) {
    this.#calls = calls;
    this.#budgets = budgets;
  }

  /** The answer to use. A promise only if AWS must be called again. */
  accepted(
    outcome: Outcome<SecretVersion>,
    tracked: TrackedReference | undefined,
  ): Outcome<SecretVersion> | Promise<Outcome<SecretVersion>> {
    if (!outcome.ok || tracked?.newest === undefined) return outcome;
    const { reference, newest } = tracked;
    const { versionId } = newest;
    const { version } = reference;
    if (versionId === outcome.value.versionId || version.kind !== 'stage' || !isOlder(outcome.value.createdDate, newest.createdDate))
      return outcome;
    if (reference.identity.service === 'ParameterStore') return this.#parameter(reference, newest);
    return this.#secret(reference, versionId, { outcome, stage: version.stage });
  }

  /** `shown`: the uncertain answer, and its stage. */
  async #secret(
    reference: RemoteReference,
    newest: string,
    shown: { readonly outcome: Outcome<SecretVersion>; readonly stage: string },
  ): Promise<Outcome<SecretVersion>> {
    const newer = await this.#read({ ...reference, version: { kind: 'id', id: newest } });
    // The replica does not know the newer version: the stage is read once more, and the answer is accepted.
    if (!newer.ok) return this.#read(reference);
    return newer.value.stages.includes(shown.stage) ? newer : shown.outcome;
  }

  /**
   * The latest version of a parameter never goes back: the newer version, read by its number, stays if its date is unchanged. The response
   * does not contain the labels of a version, so for a label the second answer counts.
   */
  async #parameter(reference: RemoteReference, { versionId, createdDate }: DatedVersion): Promise<Outcome<SecretVersion>> {
    const { version } = reference;
    if (version.kind !== 'stage' || version.stage !== 'AWSCURRENT') return this.#read(reference);
    const newer = await this.#read({ ...reference, version: { kind: 'id', id: shownVersionId(versionId) } });
    const isUnchanged = newer.ok && newer.value.createdDate === createdDate;
    return isUnchanged ? ok({ ...newer.value, versionId, stages: [version.stage] }) : this.#read(reference);
  }

  async #read(reference: RemoteReference): Promise<Outcome<SecretVersion>> {
    this.#budgets.spend(reference.identity, 'single');
    const single = keyed(reference);
    const answers = await this.#calls.make([single]);
    return (typeof answers === 'string' ? undefined : answers.get(single.key)) ?? missing(reference);
  }
}
