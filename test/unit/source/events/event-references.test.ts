// Reads for events: an open breaker for one namespace does not stop reads of the same reference for another.
import { describe, expect, it } from '@jest/globals';
import { fail } from '../../../../src/failure/failure.ts';
import type { Identity } from '../../../../src/aws/credentials/identity.ts';
import { ms } from '../../../../src/base/time/clock.ts';
import { eventReferences } from '../../../../src/source/events/event-references.ts';
import { SourceBreakers } from '../../../../src/source/limits/breakers/source-breakers.ts';
import { referenceKey } from '../../../../src/source/references/reference-key.ts';
import { Registry } from '../../../../src/source/references/registry.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { current, dependantNamed, identityNamed, minutely } from '../engine-world.ts';
import { versionOf } from '../memory-secrets-manager.ts';

/** An identity of a cluster-scoped store. */
const common = identityNamed('common');
const db = current('db', common);
const read = { ok: true, value: versionOf('db', 'v2', 0) } as const;

function world() {
  const clock = new FakeClock();
  const ignored = (): void => undefined;
  const breakers = new SourceBreakers({ clock, random: () => 0, onChange: ignored });
  const registry = new Registry({ clock, onChange: ignored, onDue: ignored, minInterval: ms(0) });
  const readFor: (string | undefined)[] = [];
  const references = eventReferences({
    registry,
    breakers,
    invalidate: ignored,
    read: (_reference, namespace) => {
      readFor.push(namespace);
      return Promise.resolve(read);
    },
  });
  const fails = async (identity: Identity, namespace: string): Promise<void> => {
    for (let call = 0; call < 20; call += 1) {
      await clock.advance(1_000);
      const outcome = fail('AWSUnavailable', 'no usable answer');
      const keys = Array.from({ length: 10 }, (_, n) => referenceKey(current(`${call}-${n}`, identity)));
      breakers.recordCall(identity, new Map(keys.map((key) => [key, outcome])), clock.monotonic(), new Set([namespace]));
    }
  };
  return { registry, references, readFor, fails };
}

describe('what an event tells of', () => {
  it('is read for a namespace that is well, though another one has closed the open of the shared identity for itself', async () => {
    const { registry, references, readFor, fails } = world();
    await fails(common, 'hostile');
    registry.subscribe(dependantNamed('hostile/db'), [minutely(db)]);
    registry.subscribe(dependantNamed('honest/db'), [minutely(db)]);
    expect(await references.refresh(db)).toEqual(read);
    expect(readFor).toEqual(['honest']);
  });

  it('is not read where the open is closed for all who use it', async () => {
    const { registry, references, readFor, fails } = world();
    await fails(common, 'hostile');
    registry.subscribe(dependantNamed('hostile/db'), [minutely(db)]);
    expect(await references.refresh(db)).toMatchObject({ ok: false, failure: { reason: 'AWSUnavailable' } });
    expect(readFor).toEqual([]);
  });

  it('is read for nobody in particular where it was only asked for', async () => {
    const { registry, references, readFor } = world();
    registry.touch({ key: referenceKey(db), reference: db });
    expect(await references.refresh(db)).toEqual(read);
    expect(readFor).toEqual([undefined]);
  });
});
