/** Limits the number of label values, with a share for each owner. Further values become `other`. */
export interface LabelLimits {
  /** Limit of the owner '' (cluster-scoped stores), also if they read with an identity of each namespace. */
  readonly installation: number;
  /** Limit of one owner, so that no tenant takes the values of all others. */
  readonly perOwner: number;
  /** Limit of all owners together, except ''. */
  readonly owned: number;
}

export class OwnedLabels {
  readonly #limits: LabelLimits;
  readonly #known = new Set<string>();
  readonly #counts = new Map<string, number>();
  #owned = 0;

  constructor(limits: LabelLimits) {
    this.#limits = limits;
  }

  /** `owner`: the namespace of the value. '' for the installation itself. */
  of(value: string, owner: string): string {
    if (this.#known.has(value)) return value;
    if (!this.#hasRoom(owner)) return 'other';
    this.#known.add(value);
    this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1);
    if (owner !== '') this.#owned += 1;
    return value;
  }

  #hasRoom(owner: string): boolean {
    const { installation, perOwner, owned } = this.#limits;
    const count = this.#counts.get(owner) ?? 0;
    return owner === '' ? count < installation : this.#owned < owned && count < perOwner;
  }
}
