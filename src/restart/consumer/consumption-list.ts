/** Collects the sources of one pod template: each once, with the keys that are read and the strongest effect, and not more than a workload may have. */
import type { SourceKind } from '../source/content.ts';
import type { Consumption } from './consumer.ts';

/** Sources of one workload that are followed. */
export const MAX_SOURCES = 500;
/** References of one workload that are looked at, however many of them are to the same source: a bound for the processor. */
export const MAX_REFERENCES = 5_000;
/** Keys of all sources of one workload. A source whose keys do not fit counts as read whole: a restart too many rather than one too few. */
export const MAX_KEYS = 500;
/** Names of Secrets, ConfigMaps and their keys have at most this many characters. */
const MAX_NAME = 253;
const SOURCE_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

type Effect = Consumption['effect'];
type Keys = 'all' | readonly string[];

const STRENGTH: Readonly<Record<Effect, number>> = { restart: 2, live: 1, 'image-pull': 0 };

/** Most workloads have no references, and most references are whole sources. */
const NOTHING: readonly Consumption[] = Object.freeze([]);

interface Entry {
  readonly kind: SourceKind;
  readonly name: string;
  readonly effect: Effect;
  /** Undefined: all. */
  keys: Set<string> | undefined;
}

export class ConsumptionList {
  readonly #entries = new Map<string, Entry>();
  #keyCount = 0;
  #references = 0;
  #hasMore = false;

  /** Whether there were more references than are followed. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  /** The caller leaves out a part of the template. */
  leaveOutMore(): void {
    this.#hasMore = true;
  }

  /** A name that no Secret or ConfigMap can have is left out: nothing is read from it. The keys are those of the strongest effect. */
  add(kind: SourceKind, name: string, keys: Keys, effect: Effect): void {
    if (this.#isFull() || !isSourceName(name)) return;
    const id = `${kind}/${name}`;
    const known = this.#entries.get(id);
    if (known === undefined && this.#entries.size === MAX_SOURCES) this.#hasMore = true;
    else if (known?.effect === effect) known.keys = known.keys && this.#union(known.keys, keys);
    else if (known === undefined || STRENGTH[known.effect] < STRENGTH[effect])
      this.#entries.set(id, { kind, name, effect, keys: this.#union(new Set(), keys) });
  }

  /** By kind and name, whatever the order of the template is: an equal list is an equal workload. */
  sorted(): readonly Consumption[] {
    if (this.#entries.size === 0) return NOTHING;
    const ids = [...this.#entries.keys()].sort();
    return ids.flatMap((id) => {
      const entry = this.#entries.get(id);
      return entry === undefined ? [] : [consumptionOf(entry)];
    });
  }

  #isFull(): boolean {
    this.#references += 1;
    if (this.#references > MAX_REFERENCES) this.#hasMore = true;
    return this.#references > MAX_REFERENCES;
  }

  #union(known: Set<string>, keys: Keys): Set<string> | undefined {
    if (keys === 'all') return undefined;
    for (const key of keys) {
      if (key.length > MAX_NAME || known.has(key)) continue;
      if (this.#keyCount === MAX_KEYS) return undefined;
      this.#keyCount += 1;
      known.add(key);
    }
    return known;
  }
}

function isSourceName(name: string): boolean {
  return name.length <= MAX_NAME && SOURCE_NAME.test(name);
}

function consumptionOf({ kind, name, keys, effect }: Entry): Consumption {
  return { kind, name, keys: keys === undefined ? 'all' : [...keys].sort(), effect };
}
