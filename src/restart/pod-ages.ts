/**
 * Finds workloads that run pods from before a change. It reads the pods of all tenants, one page at a time, and the namespaces take turns,
 * so that a namespace with thousands of pods neither fills the memory nor delays another. A reconcile does not wait: its key is enqueued
 * when the answer is known.
 */
import { limits } from '../api/schema/schema-parts.ts';
import { type Clock, ms } from '../base/time/clock.ts';
import { type Key, nameOf } from '../base/key.ts';
import type { KubeReader, MetadataReader } from '../kube/port.ts';
import { type Answer, OldPodSearch } from './old-pod-search.ts';
import type { Workload } from './port.ts';

export interface PodAgesOptions {
  readonly client: KubeReader & MetadataReader;
  /** An answer for this key is known. */
  readonly onAnswer: (key: Key) => void;
  readonly clock: Pick<Clock, 'monotonic'>;
}

interface Question {
  readonly id: string;
  readonly key: Key;
  readonly uid: string;
  readonly search: OldPodSearch;
}

/** Time for which an answer is valid that causes a restart or is a failure. In this time the other targets of the key get their answers. */
const BELIEVED_FOR = ms(30_000);

interface Held {
  readonly id: string;
  readonly answer: Answer;
  /** On the monotonic clock. Set at the first use of the answer, because the reconcile may have to wait. */
  until: number | undefined;
}

export class PodAges {
  readonly #options: PodAgesOptions;
  /** The question of each key, by namespace. The first one has waited longest. */
  readonly #waiting = new Map<string, Map<Key, Question>>();
  /** Answers by key and uid of the workload. */
  readonly #answers = new Map<Key, Map<string, Held>>();
  #more = Promise.withResolvers<void>();

  constructor(options: PodAgesOptions) {
    this.#options = options;
  }

  /**
   * Whether the workload runs a pod that may have started before `changedAt` (RFC 3339). Undefined: not known yet; `key` is enqueued when it is known. A key
   * has one question at a time; any other question of the key gets undefined until then.
   */
  ask(key: Key, workload: Workload, changedAt: string): Answer | undefined {
    const { uid, generation } = workload.metadata;
    const id = `${uid}/${generation ?? 0}/${changedAt}`;
    const known = this.#held(key, uid, id)?.answer;
    if (known === undefined) this.#enqueue({ id, key, uid, search: new OldPodSearch(this.#options.client, workload, changedAt) });
    return known;
  }

  /** The key was deleted, or has no question now. */
  forget(key: Key): void {
    this.#answers.delete(key);
    this.#remove(key);
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#more.resolve();
    signal.addEventListener('abort', stop, { once: true });
    while (!signal.aborted) {
      const question = this.#next();
      if (question === undefined) await this.#untilMore();
      else await this.#step(question, signal);
    }
  }

  async #untilMore(): Promise<void> {
    await this.#more.promise;
    this.#more = Promise.withResolvers<void>();
  }

  #held(key: Key, uid: string, id: string): Held | undefined {
    const held = this.#answers.get(key)?.get(uid);
    if (held?.id !== id) return undefined;
    const now = this.#options.clock.monotonic();
    held.until ??= now + BELIEVED_FOR;
    return held.until > now ? held : undefined;
  }

  #enqueue(question: Question): void {
    const { namespace } = nameOf(question.key);
    const questions = this.#waiting.get(namespace) ?? new Map<Key, Question>();
    if (questions.has(question.key)) return;
    questions.set(question.key, question);
    this.#waiting.set(namespace, questions);
    this.#more.resolve();
  }

  /** The question of the namespace with the present turn. After that the namespace goes to the end of the order. */
  #next(): Question | undefined {
    for (const [namespace, questions] of this.#waiting) {
      this.#waiting.delete(namespace);
      this.#waiting.set(namespace, questions);
      const [first] = questions.values();
      return first;
    }
    return undefined;
  }

  #remove(key: Key): void {
    const { namespace } = nameOf(key);
    const questions = this.#waiting.get(namespace);
    questions?.delete(key);
    if (questions?.size === 0) this.#waiting.delete(namespace);
  }

  async #step(question: Question, signal: AbortSignal): Promise<void> {
    try {
      const answer = await question.search.step(signal);
      if (answer !== undefined) this.#answer(question, answer);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #answer(question: Question, answer: Answer): void {
    const { key, id, uid } = question;
    if (this.#waiting.get(nameOf(key).namespace)?.get(key) !== question) return;
    this.#remove(key);
    const answers = this.#answers.get(key) ?? new Map<string, Held>();
    // New pods are younger, so the answer "no" stays valid.
    const until = answer.ok && !answer.value ? Infinity : undefined;
    // Answers for workloads that are no longer targets.
    if (answers.size >= 2 * limits.restartTargets) answers.clear();
    this.#answers.set(key, answers.set(uid, { id, answer, until }));
    this.#options.onAnswer(key);
  }
}
