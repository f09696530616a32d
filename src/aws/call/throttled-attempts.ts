/** How often AWS throttled the tries of one call, which the SDK repeats by itself: written where the SDK writes how many they were. */
import type { FinalizeHandler, MetadataBearer, MiddlewareStack } from '@smithy/types';
import { isThrottling } from '../failure/errors.ts';

/** As far as a client of the SDK is needed here. */
export interface TryingClient {
  readonly middlewareStack: Pick<MiddlewareStack<object, MetadataBearer>, 'add'>;
}

/** Inside of the retries, so that each try comes by. A chain of handlers is made for each call. */
export function countThrottled({ middlewareStack }: TryingClient): void {
  middlewareStack.add(counting, { name: 'keytenderThrottledTries', step: 'finalizeRequest', priority: 'low' });
}

function counting(next: FinalizeHandler<object, MetadataBearer>): FinalizeHandler<object, MetadataBearer> {
  let throttled = 0;
  return async (args) => {
    try {
      const answer = await next(args);
      note(answer.output, throttled);
      return answer;
    } catch (error) {
      if (isThrottling(error)) throttled += 1;
      note(error, throttled);
      throw error;
    }
  };
}

function note(ended: unknown, throttled: number): void {
  if (throttled === 0 || typeof ended !== 'object' || ended === null) return;
  const metadata: unknown = '$metadata' in ended ? ended.$metadata : undefined;
  Object.assign(ended, { $metadata: { ...(typeof metadata === 'object' && metadata), throttled } });
}
