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
  const text = explain({ reason: 'Soaking', group: 'ExternalSecret/ns/a', subject: 'canary', until: ms(Date.UTC(2026, 0, 1)) });
  expect(text).toBe(
    'the wave canary of ExternalSecret/ns/a must stay healthy for its soak time; the next wave begins at 2026-01-01T00:00:00Z',
  );
});
