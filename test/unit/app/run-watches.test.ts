// A kind whose reduction looks at objects of another kind is listed after that kind, and after no other.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { watchedKinds } from '../../../src/app/from-controllers.ts';
import { controllersOf } from '../../../src/app/controllers.ts';
import { watchInBackground } from '../../../src/app/run-watches.ts';
import { groupResource } from '../../../src/api/object/resource-type.ts';
import { exampleDialect } from '../../support/fakes/example-dialect.ts';
import { createLogger } from '../../../src/telemetry/log/logger.ts';
import type { RunningReflector } from '../../../src/view/reflectors.ts';
import { configOf } from './operate-world.ts';

/** Reflectors that only say that they were started, and settle when they are told to. */
function reflectors(started: string[]) {
  const { own, supporting } = watchedKinds([...controllersOf(keytender), ...controllersOf(exampleDialect)], configOf());
  const kinds = [...supporting, ...own.map((type) => ({ id: groupResource(type), after: [] }))];
  const settled = new Map(kinds.map(({ id }) => [id, Promise.withResolvers<void>()]));
  const all = kinds.map(({ id, after = [] }) => ({
    id,
    after,
    whenListedOrFailed: settled.get(id)?.promise,
    run: async (signal: AbortSignal) => {
      started.push(id);
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  }));
  return { all: all as unknown as readonly RunningReflector[], settle: (id: string) => settled.get(id)?.resolve() };
}

describe('the watches', () => {
  it('of Secrets of a group begin when its ExternalSecrets are listed, all others at once', async () => {
    const started: string[] = [];
    const { all, settle } = reflectors(started);
    await using stack = new AsyncDisposableStack();
    watchInBackground(all, createLogger({ level: 'error', format: 'json', stream: { write: () => undefined } }), stack);
    await nextTurn();
    const secrets = () => started.filter((id) => id.startsWith('secrets '));
    expect([started.length, secrets()]).toEqual([all.length - 2, []]);
    settle('externalsecrets.secrets.example.com');
    await nextTurn();
    expect(secrets()).toEqual(['secrets secrets.example.com/written=true']);
    settle('externalsecrets.keytender.dev');
    await nextTurn();
    expect(secrets()).toEqual(['secrets secrets.example.com/written=true', 'secrets keytender.dev/managed=true']);
  });
});
