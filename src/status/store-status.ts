/** Makes the status of a store from the result of its check. Pure. */
import type { ConditionWords } from '../api/condition-words.ts';
import type { Failure, Outcome } from '../failure/failure.ts';
import { withCondition, withoutCondition, type Condition } from '../api/schema/conditions.ts';
import type { StoreStatus } from '../api/schema/secret-store.ts';
import { owner, type Reader } from '../messages/reader.ts';
import { costStatus, type CostEstimate } from './store-cost.ts';
import { withReadConditions, type ReadConditionsInput } from './store-read-conditions.ts';

/** State of change events for a store. unknown: keep the condition; none: events do not apply. */
export type EventsFinding =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'none' }
  | { readonly kind: 'received'; readonly message: string }
  /** `reader`: readers of the conditions of the store. The queue can belong to another store. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly reader?: Reader };

export interface StoreReadState extends ReadConditionsInput {
  readonly cost?: CostEstimate | undefined;
}

/** `words`: words of the dialect. `now`: RFC 3339. */
export function storeStatus(
  words: ConditionWords,
  before: StoreStatus | undefined,
  generation: number,
  outcome: Outcome<{ readonly identityName: string }>,
  now: string,
  events: EventsFinding = { kind: 'none' },
  reading: StoreReadState = { availability: 'unknown', batch: 'unknown' },
): StoreStatus {
  const ready = outcome.ok
    ? ({ status: 'True', ...words.settled('StoreValid', `secrets are read as ${outcome.value.identityName}`) } as const)
    : ({ status: 'False', ...words.failed(outcome.failure, owner) } as const);
  const conditions = withCondition(before?.conditions ?? [], { type: 'Ready', ...ready, observedGeneration: generation }, now);
  const cost = costStatus(before?.estimatedMonthlyCost, reading.cost, now);
  return {
    ...before,
    observedGeneration: generation,
    conditions: withReadConditions(words, withEvents(words, conditions, events, generation, now), reading, generation, now),
    ...(outcome.ok ? { identity: outcome.value.identityName } : {}),
    ...(cost === undefined ? {} : { estimatedMonthlyCost: cost }),
  };
}

function withEvents(
  words: ConditionWords,
  conditions: readonly Condition[],
  events: EventsFinding,
  observedGeneration: number,
  now: string,
): Condition[] {
  if (events.kind === 'none') return withoutCondition(conditions, 'Events');
  if (events.kind === 'unknown') return [...conditions];
  const said =
    events.kind === 'received'
      ? ({ status: 'True', ...words.settled('EventsReceived', events.message) } as const)
      : ({ status: 'False', ...words.failed(events.failure, events.reader ?? owner) } as const);
  return withCondition(conditions, { type: 'Events', ...said, observedGeneration }, now);
}
