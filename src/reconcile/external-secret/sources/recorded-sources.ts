/** An index of recorded versions by the entry that refers to them: an ExternalSecret may have hundreds of entries. Pure. */
import { storeName } from '../../../api/schema/store-refs.ts';
import type { RecordedSource } from '../../../apply/port.ts';
import type { VersionSelector } from '../../../aws/port.ts';
import type { Entry } from '../../../resolve/entries/plan-references.ts';

export class RecordedSources {
  readonly #byReference = new Map<string, RecordedSource>();

  constructor(sources: readonly RecordedSource[]) {
    for (const source of sources) {
      const name = nameOfSource(source);
      if (!this.#byReference.has(name)) this.#byReference.set(name, source);
    }
  }

  /** The recorded version of an entry. */
  of({ remoteRef, storeRef, reference: { version } }: Pick<Entry, 'remoteRef' | 'storeRef' | 'reference'>): RecordedSource | undefined {
    if (version.kind === 'query') return undefined;
    return this.#byReference.get(nameOf(version, remoteRef.key, storeRef && storeName(storeRef)));
  }
}

function nameOfSource({ key, store, stage, tags, versionId }: RecordedSource): string {
  if (tags === true) return nameOf({ kind: 'tags' }, key, store);
  return nameOf(stage === undefined ? { kind: 'id', id: versionId } : { kind: 'stage', stage }, key, store);
}

/** The lengths mark the ends of the store and the selector, so that two references never have the same name. */
function nameOf(version: VersionSelector, key: string, store = ''): string {
  const selector = version.kind === 'stage' ? version.stage : version.kind === 'id' ? version.id : '';
  return `${store.length} ${store} ${version.kind} ${selector.length} ${selector} ${key}`;
}
