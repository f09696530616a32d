/** What is to be said of a change in AWS that a resource's own policy keeps back. Pure. */
import { findCondition } from '../../api/conditions.ts';
import type { Entry } from '../../resolve/plan-references.ts';
import type { Observation } from '../../source/port.ts';
import { RecordedSources } from './recorded-sources.ts';
import type { Subject } from './subject.ts';

/** Undefined: nothing waits. `observe` gives what the engine last saw of an entry's reference. */
export function pendingChange(subject: Subject, observe: (entry: Entry) => Observation): string | undefined {
  const { dialect, refresh, entries, recorded, resource } = subject;
  if (refresh.kind === 'Periodic') return undefined;
  const said = findCondition(resource.status?.conditions, 'UpToDate')?.message;
  const sources = new RecordedSources(recorded);
  let found: string | undefined;
  for (const entry of entries) {
    const held = sources.of(entry)?.versionId;
    const seen = observe(entry);
    if (!mayDiffer(held, seen)) continue;
    const message = messageOf(subject, entry);
    // It stays as it was said until somebody sees otherwise: after a start nothing is known yet.
    if (dialect.words.settled('ChangePending', message).message === said) return message;
    if (seen.kind === 'version') found ??= message;
  }
  return found;
}

/** False where no version is in place. */
function mayDiffer(held: string | undefined, seen: Observation): boolean {
  return held !== undefined && !(seen.kind === 'version' && seen.versionId === held);
}

/** Without the version, so that it is said once however many follow. */
function messageOf({ dialect, spec, refresh }: Subject, { remoteRef, reference: { version } }: Entry): string {
  const { refreshPolicy = 'Periodic', refreshInterval } = spec;
  const keeper = refreshPolicy === 'Periodic' ? `refreshInterval ${refreshInterval}` : `refreshPolicy ${refreshPolicy}`;
  const forced = `the annotation ${dialect.annotations.forceSync} gets a new value`;
  const when = refresh.kind === 'CreatedOnce' ? forced : `the specification changes or ${forced}`;
  const stage = version.kind === 'stage' && version.stage !== 'AWSCURRENT' ? ` (${version.stage})` : '';
  const name = `${JSON.stringify(remoteRef.key)}${stage}`;
  const [other, it] = version.kind === 'tags' ? [`other tags of ${name} than were`, 'them'] : [`another version of ${name} than was`, 'it'];
  return `AWS holds ${other} taken; ${keeper} takes ${it} when ${when}`;
}
