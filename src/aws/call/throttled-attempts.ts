/** Counts the attempts of one call that AWS throttled. The SDK makes the attempts; it writes their number into `$metadata`, and this adds `throttled` there. */
import type { FinalizeHandler, MetadataBearer, MiddlewareStack } from '@smithy/types';
import { isThrottling } from '../failure/errors.ts';

/** The part of an SDK client that this file uses. */
export interface AttemptingClient {
  readonly middlewareStack: Pick<MiddlewareStack<object, MetadataBearer>, 'add'>;
}

/** With low priority it runs inside the retry middleware and sees each attempt. The SDK builds one chain of handlers for each call. */
export function countThrottled({ middlewareStack }: AttemptingClient): void {
  middlewareStack.add(counting, { name: 'keytenderThrottledAttempts', step: 'finalizeRequest', priority: 'low' });
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
