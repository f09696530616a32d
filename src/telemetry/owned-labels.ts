/** Bounds how many values a label takes, with a share for each owner: those that come first keep their names, all further ones are "other". */
export interface LabelLimits {
  readonly total: number;
  /** Of one owner, so that no tenant takes the names of all others. */
  readonly perOwner: number;
  /** Of all owners but '' together: what belongs to the installation finds room. */
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

  /** `owner`: the namespace that the value comes from; '' for what belongs to the installation. */
  of(value: string, owner: string): string {
    if (this.#known.has(value)) return value;
    if (!this.#hasRoom(owner)) return 'other';
    this.#known.add(value);
    if (owner === '') return value;
    this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1);
    this.#owned += 1;
    return value;
  }

  #hasRoom(owner: string): boolean {
    const { total, perOwner, owned } = this.#limits;
    if (this.#known.size >= total) return false;
    return owner === '' || (this.#owned < owned && (this.#counts.get(owner) ?? 0) < perOwner);
  }
}
