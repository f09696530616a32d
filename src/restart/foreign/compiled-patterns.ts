/** Compiled expressions, as many as fit in a bound that namespaces share. Others are compiled again at their next use. */
import { SharedMap } from '../../base/sharing/shared-map.ts';
import { compilePattern, type NamePattern } from '../reloader/name-pattern.ts';
import { patternSize } from '../reloader/pattern-size.ts';

/** Parts of compiled expressions; one takes some 100 bytes. */
const ROOM = { total: 200_000, perOwner: 100_000 };
/** Of each expression, besides its parts. */
const OVERHEAD = 20;

export class CompiledPatterns {
  readonly #compiled = new SharedMap<string, NamePattern>(ROOM);

  /** Undefined: it is no valid expression. */
  of(namespace: string, text: string): NamePattern | undefined {
    const known = this.#compiled.get(text);
    if (known !== undefined) return known;
    const made = compilePattern(text);
    if (made !== undefined) this.#compiled.set(text, made, namespace, patternSize(text) + OVERHEAD);
    return made;
  }
}
