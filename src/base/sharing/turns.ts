/** Keys that wait for a step, each once. Namespaces take turns, so that the keys of one do not delay those of another. Pure data. */
export class Turns {
  /** The first namespace is the next. */
  readonly #waiting = new Map<string, Set<string>>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  add(namespace: string, key: string): void {
    const keys = this.#waiting.get(namespace);
    if (keys === undefined) this.#waiting.set(namespace, new Set([key]));
    else keys.add(key);
  }

  delete(namespace: string, key: string): void {
    const keys = this.#waiting.get(namespace);
    if (keys?.delete(key) === true && keys.size === 0) this.#waiting.delete(namespace);
  }

  /** The next key, which stays. */
  first(): string | undefined {
    for (const keys of this.#waiting.values()) for (const key of keys) return key;
    return undefined;
  }

  /** Takes the next key. Its namespace goes to the end. */
  take(): string | undefined {
    for (const [namespace, keys] of this.#waiting) {
      const [key] = keys;
      this.#waiting.delete(namespace);
      if (key === undefined) continue;
      keys.delete(key);
      if (keys.size > 0) this.#waiting.set(namespace, keys);
      return key;
    }
    return undefined;
  }
}
