// All parameters of one account and region, and the throughput that their reads share.
import type { EmulatorClock } from '../clock.ts';
import { AwsError } from '../aws-error.ts';
import { keyOfName } from './parameter-name.ts';
import type { Parameter } from './parameter.ts';

export type ParameterOperation = 'Create' | 'Update' | 'Delete' | 'LabelParameterVersion';
export type ParameterListener = (operation: ParameterOperation, parameter: Parameter) => void;

export class ParameterCollection {
  readonly account: string;
  readonly region: string;
  readonly #clock: EmulatorClock;
  readonly #onChange: ParameterListener;
  readonly #parameters = new Map<string, Parameter>();
  #tokens = Number.POSITIVE_INFINITY;
  #refilledMs = 0;

  constructor(account: string, region: string, clock: EmulatorClock, onChange: ParameterListener) {
    this.account = account;
    this.region = region;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get(name: string): Parameter | undefined {
    return this.#parameters.get(keyOfName(name));
  }

  all(): readonly Parameter[] {
    return [...this.#parameters.values()];
  }

  save(parameter: Parameter, operation: ParameterOperation): void {
    this.#parameters.set(keyOfName(parameter.name), parameter);
    this.#onChange(operation, parameter);
  }

  /** The same parameter with other tags, which nobody is told. */
  retag(parameter: Parameter): void {
    this.#parameters.set(keyOfName(parameter.name), parameter);
  }

  remove(name: string): boolean {
    const parameter = this.get(name);
    if (!parameter) return false;
    this.#parameters.delete(keyOfName(name));
    this.#onChange('Delete', parameter);
    return true;
  }

  /** Takes one transaction out of `perSecond`. @throws ThrottlingException when there is none left. */
  spend(perSecond: number | undefined): void {
    if (perSecond === undefined) return;
    const now = this.#clock.now();
    this.#tokens = Math.min(perSecond, this.#tokens + ((now - this.#refilledMs) / 1_000) * perSecond);
    this.#refilledMs = now;
    if (this.#tokens < 1) throw new AwsError('ThrottlingException', 'Rate exceeded');
    this.#tokens -= 1;
  }
}
