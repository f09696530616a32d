/** An index of recorded versions by entry, because an ExternalSecret may have hundreds of entries. Pure. */
import type { RecordedSource } from '../../apply/port.ts';
import type { VersionSelector } from '../../aws/port.ts';
import type { Entry } from '../../resolve/plan-references.ts';

export class RecordedSources {
  readonly #byReference = new Map<string, RecordedSource>();

  constructor(sources: readonly RecordedSource[]) {
    for (const source of sources) {
      const name = nameOfSource(source);
      if (!this.#byReference.has(name)) this.#byReference.set(name, source);
    }
  }

  /** The recorded version of an entry. */
  of({ remoteRef, reference: { version } }: Pick<Entry, 'remoteRef' | 'reference'>): RecordedSource | undefined {
    return version.kind === 'query' ? undefined : this.#byReference.get(nameOf(version, remoteRef.key));
  }
}

function nameOfSource({ key, stage, tags, versionId }: RecordedSource): string {
  if (tags === true) return nameOf({ kind: 'tags' }, key);
  return nameOf(stage === undefined ? { kind: 'id', id: versionId } : { kind: 'stage', stage }, key);
}

/** The length marks the end of the selector, so that all references have different names. */
function nameOf(version: VersionSelector, key: string): string {
  const selector = version.kind === 'stage' ? version.stage : version.kind === 'id' ? version.id : '';
  return `${version.kind} ${selector.length} ${selector} ${key}`;
}
