/** What is wrong with the settings of a workload, in words. Bounded in number and length, because the texts are kept with the workload. */
import { quote } from '../../base/excerpt.ts';

const MAX_PROBLEMS = 5;
/** Characters of somebody else's text in a problem. */
const EXCERPT = 40;

/** Almost all workloads have none. */
const NOTHING: readonly string[] = Object.freeze([]);

export class SettingProblems {
  #texts: string[] | undefined;

  /** `annotation`: its name. `text`: what somebody wrote. `must`: what it should be. */
  add(annotation: string, text: string, must: string): void {
    this.#texts ??= [];
    // A name that nobody knows is the cluster's text too, but at most 63 characters after the prefix.
    if (this.#texts.length < MAX_PROBLEMS) this.#texts.push(`${annotation}: ${quote(text, EXCERPT)} ${must}`);
  }

  get texts(): readonly string[] {
    return this.#texts ?? NOTHING;
  }
}
