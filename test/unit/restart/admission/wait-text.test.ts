import { expect, test } from '@jest/globals';
import { ms } from '../../../../src/base/time/clock.ts';
import { waitReasons } from '../../../../src/restart/admission/verdict.ts';
import { explain } from '../../../../src/restart/admission/wait-text.ts';

const LONG = 'x'.repeat(400);

test.each(waitReasons)('%s has a sentence of at most 300 characters', (reason) => {
  const text = explain({ reason, group: LONG, subject: LONG, until: ms(Date.UTC(2026, 0, 1)) });
  expect(text.length).toBeLessThanOrEqual(300);
  expect(explain({ reason, group: '' })).not.toContain('undefined');
});

test('a time and a name are in it', () => {
  const text = explain({
    reason: 'Soaking',
    group: 'externalsecrets.keytender.dev/ns/a',
    subject: 'canary',
    until: ms(Date.UTC(2026, 0, 1)),
  });
  expect(text).toBe(
    'the wave canary of ExternalSecret "a" must stay healthy for its soak time; the next wave begins at 2026-01-01T00:00:00Z',
  );
});

test('the policy of an annotated workload is named by the Secret', () => {
  expect(explain({ reason: 'Settling', group: 'Secret/ns/a' })).toMatch(/\(settle of Secret "a"\)$/);
});

test('windows that never meet name both policies', () => {
  const [group, subject] = ['externalsecrets.keytender.dev/ns/a', 'externalsecrets.keytender.dev/ns/b'];
  expect(explain({ reason: 'WindowsNeverMeet', group, subject })).toMatch(
    /^windows of ExternalSecret "a" and ExternalSecret "b" never open /,
  );
});
