/** Waves: which one a workload belongs to, and their order when several policies have waves. Pure. */
import { selects } from '../../api/object/label-selector.ts';
import type { RestartPolicy, RestartWave } from './policy.ts';

/**
 * The index of the workload's wave: the first one whose selector selects it, else the one without a selector. A workload of no wave is behind the last one: its
 * index is the number of waves. Without waves: 0.
 */
export function waveOf({ waves }: Pick<RestartPolicy, 'waves'>, labels: Readonly<Record<string, string>>): number {
  const selected = waves.findIndex(({ selector }) => selector !== undefined && selects(selector, labels));
  if (selected >= 0) return selected;
  const others = waves.findIndex(({ selector }) => selector === undefined);
  return others < 0 ? waves.length : others;
}

export interface MergedWaves {
  /** Names, first wave first. Waves of one name are one wave. */
  readonly order: readonly string[];
  /** The waves that policies order in opposed ways, by name. Empty: the policies agree. */
  readonly opposed: readonly string[];
}

/**
 * An order in which each policy finds its own order again. Waves that policies put in a circle come at its place by name. Linear in the number of waves.
 */
export function mergeWaves(policies: readonly (readonly Pick<RestartWave, 'name'>[])[]): MergedWaves {
  const graph = new WaveGraph(policies);
  const order = graph.takeFirst();
  const opposed = graph.circles();
  if (opposed.length === 0) return { order, opposed };
  graph.remove(opposed);
  return { order: [...order, ...opposed, ...graph.takeFirst()], opposed };
}

interface Node {
  readonly after: Set<string>;
  readonly before: Set<string>;
}

class WaveGraph {
  readonly #nodes = new Map<string, Node>();

  constructor(policies: readonly (readonly Pick<RestartWave, 'name'>[])[]) {
    for (const waves of policies)
      for (const [index, { name }] of waves.entries()) {
        const node = this.#node(name);
        const previous = waves[index - 1]?.name;
        if (previous === undefined || previous === name) continue;
        node.after.add(previous);
        this.#node(previous).before.add(name);
      }
  }

  /** Removes all waves that are in no circle and behind none, and returns them in order. */
  takeFirst(): string[] {
    return this.#take([...this.#nodes].filter(([, { after }]) => after.size === 0).map(([name]) => name));
  }

  /** The waves in circles and between circles, by name, once those before the circles are taken. */
  circles(): string[] {
    const left = new Map([...this.#nodes].map(([name, { before }]) => [name, before.size]));
    const last = [...left].filter(([, count]) => count === 0).map(([name]) => name);
    for (let name = last.pop(); name !== undefined; name = last.pop()) {
      left.delete(name);
      for (const previous of this.#nodes.get(name)?.after ?? []) {
        const count = (left.get(previous) ?? 0) - 1;
        left.set(previous, count);
        if (count === 0) last.push(previous);
      }
    }
    return [...left.keys()].sort();
  }

  remove(names: readonly string[]): void {
    for (const name of names) this.#removeOne(name);
  }

  #take(ready: string[]): string[] {
    const taken: string[] = [];
    for (let index = 0; index < ready.length; index += 1) {
      const name = ready[index];
      if (name === undefined) continue;
      taken.push(name);
      ready.push(...this.#removeOne(name));
    }
    return taken;
  }

  /** The waves that have nothing before them any more. */
  #removeOne(name: string): string[] {
    const node = this.#nodes.get(name);
    this.#nodes.delete(name);
    for (const previous of node?.after ?? []) this.#nodes.get(previous)?.before.delete(name);
    return [...(node?.before ?? [])].filter((next) => {
      const after = this.#nodes.get(next)?.after;
      return after?.delete(name) === true && after.size === 0;
    });
  }

  #node(name: string): Node {
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const node: Node = { after: new Set(), before: new Set() };
    this.#nodes.set(name, node);
    return node;
  }
}
