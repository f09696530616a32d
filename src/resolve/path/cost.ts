/** The bounds of evaluating paths: for any paths and values, the event loop runs again within milliseconds. */

/**
 * Steps of one path. A step is a value that is looked at or four bytes that are made or parsed again, and takes about 0.2 microseconds on one
 * core, so that a path takes 10 ms at most. A name is found in a value of 64 KiB, the largest of AWS, with 8,000 steps once and few after that.
 */
export const STEPS_PER_PATH = 50_000;
/** Steps of all entries of one round together: about a second, in slices. 500 entries with a wildcard over 8,000 members take as many. */
export const STEPS_PER_ROUND = 4_000_000;
/** Texts that a modifier or a selection makes on the way, in bytes; a Secret holds as many. */
export const MAX_MADE_TEXT = 1024 * 1024;
/** Paths within paths (selections, queries, arguments) and names below names; honest paths have a handful. */
export const MAX_DEPTH = 200;

/** What a made text costs besides its length. */
const MADE = 16;
const BYTES_PER_STEP = 4;
const CHARACTERS_PER_STEP = 32;

/** Thrown inside of the evaluation only, and turned into a failure at its border. */
export class CostExceeded extends Error {}

export class Cost {
  #left: number;
  #depth = 0;

  constructor(steps: number) {
    this.#left = steps;
  }

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new CostExceeded('too many steps');
  }

  /** For a path that is taken apart. */
  spendPath(path: string): void {
    this.spend(1 + Math.floor(path.length / CHARACTERS_PER_STEP));
  }

  /** For `length` bytes of text that are made or parsed. */
  spendText(length: number): void {
    this.checkText(length);
    this.spend(MADE + Math.ceil(length / BYTES_PER_STEP));
  }

  checkText(length: number): void {
    if (length > MAX_MADE_TEXT) throw new CostExceeded('too long a text');
  }

  /** One level deeper, until `leave`. An evaluation that was refused is over, so that its levels need not be left. */
  enter(): void {
    if (this.#depth >= MAX_DEPTH) throw new CostExceeded('too deep a path');
    this.#depth += 1;
  }

  leave(): void {
    this.#depth -= 1;
  }

  get left(): number {
    return Math.max(0, this.#left);
  }
}

/** What the entries of one round may cost together. */
export class RoundCost {
  #left: number;

  constructor(steps = STEPS_PER_ROUND) {
    this.#left = steps;
  }

  /** What `evaluate` gives within the bound of one path; throws CostExceeded beyond. */
  path<T>(evaluate: (cost: Cost) => T): T {
    const allowed = Math.min(STEPS_PER_PATH, this.#left);
    const cost = new Cost(allowed);
    try {
      return evaluate(cost);
    } finally {
      this.#left -= allowed - cost.left;
    }
  }

  /** Whether nothing is left: whatever takes steps fails from now on. */
  get isUsedUp(): boolean {
    return this.#left <= 0;
  }

  /** False once the round has used up what it may. */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }
}
