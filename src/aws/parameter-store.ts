/**
 * AWS Systems Manager Parameter Store over the official SDK. One name that is denied or cannot be decrypted fails a whole GetParameters call:
 * the call is then split until the others have their answers, and the bad one is read alone from then on.
 */
import { GetParameterCommand, GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Outcome } from '../api/failure.ts';
import { knownAs } from './credentials.ts';
import { type CallSubject, isAboutOne } from './errors.ts';
import type { Identity } from './identity.ts';
import { LoneParameters } from './lone-parameters.ts';
import { type ParametersAnswer, sortParameters } from './parameter-answer.ts';
import { baseOf, parameterId } from './parameter-id.ts';
import { parameterVersionOf } from './parameter-version.ts';
import type { BatchResult, SecretReader, SecretVersion, VersionReference, VersionSelector } from './port.ts';
import { ServiceCalls, type ServiceContext } from './service-calls.ts';

type Results = readonly Outcome<SecretVersion>[];

export class ParameterStore implements SecretReader {
  readonly #calls: ServiceCalls<SSMClient>;
  readonly #lone = new LoneParameters();

  constructor(context: ServiceContext) {
    this.#calls = new ServiceCalls(context, (config) => new SSMClient(config));
  }

  async read(identity: Identity, secretId: string, version: VersionSelector, signal: AbortSignal): Promise<Outcome<SecretVersion>> {
    const reference = { secretId, version };
    const id = parameterId(reference);
    const subject = subjectOf(identity, reference);
    const command = new GetParameterCommand({ Name: id, WithDecryption: true });
    const answer = await this.#calls.call(identity, subject, signal, (client) => client.send(command, { abortSignal: signal }));
    // What does not exist fails no batch.
    if (answer.ok || answer.failure.reason === 'RemoteSecretNotFound') this.#lone.delete(identity, id);
    else if (isAboutOne(answer.failure)) this.#lone.add(identity, id);
    return answer.ok ? parameterVersionOf(answer.value.Parameter, version, subject.what) : answer;
  }

  /** Any versions and labels. At most 9 batch calls and 10 single ones, and that only when nothing can be read. */
  async readBatch(identity: Identity, references: readonly VersionReference[], signal: AbortSignal): Promise<BatchResult> {
    const together = this.#inOneCall(identity, references);
    const answers = await this.#readTogether(identity, together, signal);
    if (answers === 'batch-denied') return { kind: 'batch-denied' };
    const answered = new Map(together.map((reference, index) => [reference, answers[index]]));
    const results: Outcome<SecretVersion>[] = [];
    for (const reference of references) results.push(answered.get(reference) ?? (await this.#readAlone(identity, reference, signal)));
    return { kind: 'answered', results };
  }

  /** Not what has failed batches before; and each parameter once: nothing says that AWS takes two versions of one in the same call. */
  #inOneCall(identity: Identity, references: readonly VersionReference[]): readonly VersionReference[] {
    const bases = new Set<string>();
    return references.filter((reference) => {
      const id = parameterId(reference);
      const base = baseOf(id);
      if (bases.has(base) || this.#lone.has(identity, id)) return false;
      bases.add(base);
      return true;
    });
  }

  async #readTogether(identity: Identity, references: readonly VersionReference[], signal: AbortSignal): Promise<Results | 'batch-denied'> {
    const [first, ...others] = references;
    if (first === undefined) return [];
    if (others.length === 0) return [await this.#readAlone(identity, first, signal)];
    const answer = await this.#getParameters(identity, references, signal);
    if (!answer.ok) return isAboutOne(answer.failure) ? this.#split(identity, references, signal) : references.map(() => answer);
    const results: Outcome<SecretVersion>[] = [];
    const sorted = sortParameters(references, answer.value, (reference) => subjectOf(identity, reference));
    for (const [index, reference] of references.entries()) {
      results.push(sorted[index] ?? (await this.#readAlone(identity, reference, signal)));
    }
    return results;
  }

  /** Both halves of what failed as a whole. */
  async #split(identity: Identity, references: readonly VersionReference[], signal: AbortSignal): Promise<Results | 'batch-denied'> {
    const middle = references.length >> 1;
    const left = await this.#readTogether(identity, references.slice(0, middle), signal);
    if (left === 'batch-denied') return left;
    const trouble = left.find((outcome) => !outcome.ok && !isAboutOne(outcome.failure));
    // Throttled, or AWS is away: the rest would hear the same.
    if (trouble !== undefined) return [...left, ...references.slice(middle).map(() => trouble)];
    const right = await this.#readTogether(identity, references.slice(middle), signal);
    if (right === 'batch-denied') return right;
    const results = [...left, ...right];
    return (await this.#batchIsDenied(identity, references, results, signal)) ? 'batch-denied' : results;
  }

  /** Two that may be read one by one, and still not together: the identity lacks the permission for GetParameters. */
  async #batchIsDenied(
    identity: Identity,
    references: readonly VersionReference[],
    results: Results,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (references.length !== 2 || !results.every(isPermitted)) return false;
    const again = await this.#getParameters(identity, references, signal);
    return !again.ok && again.failure.reason === 'AccessDenied';
  }

  #readAlone(identity: Identity, { secretId, version }: VersionReference, signal: AbortSignal): Promise<Outcome<SecretVersion>> {
    return this.read(identity, secretId, version, signal);
  }

  #getParameters(identity: Identity, references: readonly VersionReference[], signal: AbortSignal): Promise<Outcome<ParametersAnswer>> {
    const subject: CallSubject = {
      service: 'ssm',
      operation: 'GetParameters',
      what: `${references.length} parameters`,
      as: knownAs(identity),
      region: identity.region,
    };
    const command = new GetParametersCommand({ Names: references.map(parameterId), WithDecryption: true });
    return this.#calls.call(identity, subject, signal, (client) => client.send(command, { abortSignal: signal }));
  }
}

function isPermitted(outcome: Outcome<SecretVersion>): boolean {
  return outcome.ok || outcome.failure.reason === 'RemoteSecretNotFound';
}

/** Of one reference: it names the single call, which tells in the end what is wrong with one of many. */
function subjectOf(identity: Identity, reference: VersionReference): CallSubject {
  const what = describe(reference);
  return { service: 'ssm', operation: 'GetParameter', what, as: knownAs(identity), region: identity.region };
}

function describe({ secretId, version }: VersionReference): string {
  if (version.kind === 'id') return `parameter "${secretId}" (version ${version.id})`;
  return version.stage === 'AWSCURRENT' ? `parameter "${secretId}"` : `parameter "${secretId}" (label ${version.stage})`;
}
