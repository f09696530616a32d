/** What a workload asks for and nobody follows: it is told on the workload when it changes, and once after each start. */
import type { Consumer, ConsumerId } from '../../restart/consumer/consumer.ts';
import type { EventRecorder } from '../../kube/port.ts';
import type { Logger } from '../../telemetry/log/logger.ts';
import type { Asked } from '../shared/reloader-sources.ts';

interface Told {
  readonly events: Pick<EventRecorder, 'record'>;
  readonly logger: Logger;
}

export interface LeftOut {
  /** There are more references, names, expressions or matches than are followed. */
  readonly hasMore: boolean;
  /** Settings that mean nothing, in words. */
  readonly problems: readonly string[];
}

const NOTHING: LeftOut = Object.freeze({ hasMore: false, problems: [] });
const NOTHING_ASKED: Asked = { demands: [], problems: [], hasMore: false };
const MAX_NOTE = 300;

export function leftOutOf({ hasMoreReferences, problems, settings }: Consumer, asked: Asked | undefined): LeftOut {
  const { demands, hasMore: asksMore, problems: others } = asked ?? NOTHING_ASKED;
  const isAsking = settings.restart === true || demands.length > 0;
  const hasMore = asksMore || (hasMoreReferences && isAsking);
  const all = [...problems, ...others];
  return !hasMore && all.length === 0 ? NOTHING : { hasMore, problems: all };
}

export class LeftOutLog {
  readonly #told = new Map<ConsumerId, string>();

  saw(
    {
      id,
      consumer: { apiVersion, kind, metadata },
      leftOut,
    }: { readonly id: ConsumerId; readonly consumer: Consumer; readonly leftOut: LeftOut },
    { events, logger }: Told,
  ): void {
    const { hasMore, problems } = leftOut;
    if (!hasMore && problems.length === 0) {
      this.#told.delete(id);
      return;
    }
    const text = JSON.stringify(leftOut);
    if (this.#told.get(id) === text) return;
    this.#told.set(id, text);
    const say = (reason: string, note: string): void =>
      events.record({
        regarding: { apiVersion, kind, metadata },
        type: 'Warning',
        reason,
        note: note.slice(0, MAX_NOTE),
        action: 'Restart',
      });
    if (hasMore) say('TooManyReferences', TOO_MANY);
    if (problems.length > 0) say('InvalidSettings', problems.join('; '));
    logger.warn(
      { kind, namespace: metadata.namespace, name: metadata.name, hasMore, problems: problems.slice(0, 1) },
      'parts of a workload are not followed',
    );
  }

  forget(id: ConsumerId): void {
    this.#told.delete(id);
  }
}

const TOO_MANY =
  'It refers to more Secrets and ConfigMaps, or lists more names and expressions, than are followed: changes of the others do not restart it. ' +
  'At most 500 references, 500 names, 100 expressions of 256 characters and 500 names that match.';
