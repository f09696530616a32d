/** The message about a change in AWS that the refresh policy of a resource does not apply. Pure. */
import { findCondition } from '../../../api/schema/conditions.ts';
import { storeName } from '../../../api/schema/store-refs.ts';
import type { Entry } from '../../../resolve/entries/plan-references.ts';
import type { Observation } from '../../../source/port.ts';
import { RecordedSources } from './recorded-sources.ts';
import type { Subject } from '../subject.ts';

/** Undefined: no change is known. `observe` returns the engine's last observation of an entry's reference. */
export function pendingChange(subject: Subject, observe: (entry: Entry) => Observation): string | undefined {
  const { dialect, refresh, entries, recorded, resource } = subject;
  if (refresh.kind === 'Periodic') return undefined;
  const reported = findCondition(resource.status?.conditions, 'UpToDate')?.message;
  const sources = new RecordedSources(recorded);
  let found: string | undefined;
  for (const entry of entries) {
    const held = sources.of(entry)?.versionId;
    const seen = observe(entry);
    if (!mayDiffer(held, seen)) continue;
    const message = messageOf(subject, entry);
    // A reported change stays until an observation contradicts it. After a start there are no observations.
    if (dialect.words.settled('ChangePending', message).message === reported) return message;
    if (seen.kind === 'version') found ??= message;
  }
  return found;
}

/** False without a version in the target. */
function mayDiffer(held: string | undefined, seen: Observation): boolean {
  return held !== undefined && !(seen.kind === 'version' && seen.versionId === held);
}

/** The message does not name the version: it is reported once, even if more versions follow. */
function messageOf({ dialect, spec, refresh }: Subject, { remoteRef, storeRef, reference: { version } }: Entry): string {
  const { refreshPolicy = 'Periodic', refreshInterval } = spec;
  const policy = refreshPolicy === 'Periodic' ? `refreshInterval ${refreshInterval}` : `refreshPolicy ${refreshPolicy}`;
  const forced = `the annotation ${dialect.annotations.forceSync} gets a new value`;
  const when = refresh.kind === 'CreatedOnce' ? forced : `the specification changes or ${forced}`;
  const stage = version.kind === 'stage' && version.stage !== 'AWSCURRENT' ? ` (${version.stage})` : '';
  const store = storeRef === undefined ? '' : ` in ${storeName(storeRef)}`;
  const name = `${JSON.stringify(remoteRef.key)}${stage}${store}`;
  const [other, it] = version.kind === 'tags' ? [`other tags of ${name} than were`, 'them'] : [`another version of ${name} than was`, 'it'];
  return `AWS holds ${other} taken; ${policy} takes ${it} when ${when}`;
}
