// The Lambda functions of the emulator: code of tests that RotateSecret calls step by step, and managed rotations.
export const ROTATION_STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

export interface RotationEvent {
  readonly Step: (typeof ROTATION_STEPS)[number];
  readonly SecretId: string;
  readonly ClientRequestToken: string;
  readonly RotationToken: string;
}

/** One rotation Lambda. A rejection fails the step and ends the rotation, AWSPENDING stays. */
export type RotationFunction = (event: RotationEvent) => Promise<void> | void;

export class RotationFunctions {
  readonly #functions = new Map<string, RotationFunction>();
  readonly #running = new Set<Promise<void>>();
  /** Outcome of every rotation step, oldest first. */
  readonly steps: { readonly secretArn: string; readonly step: string; readonly ok: boolean }[] = [];

  add(lambdaArn: string, rotate: RotationFunction): void {
    this.#functions.set(lambdaArn, rotate);
  }

  get(lambdaArn: string): RotationFunction | undefined {
    return this.#functions.get(lambdaArn);
  }

  /** Keeps track of a rotation that runs after its RotateSecret was answered. */
  track(rotation: Promise<void>): void {
    const tracked = rotation.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Resolves when no rotation is under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
