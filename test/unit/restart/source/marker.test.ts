import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { MAX_SEQUENCE } from '../../../../src/api/content-changes.ts';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { formerMarkerNames, markerName, markerPrefixes, markerText, parseMarker } from '../../../../src/restart/source/marker.ts';

const prefixes = markerPrefixes(keytender.annotations);
const anyName = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,120}[a-z0-9])?$/);

describe('the name of a marker', () => {
  it('has the name of the source where that fits', () => {
    expect(markerName(prefixes, { kind: 'Secret', name: 'db' })).toBe('restart.keytender.dev/db');
    expect(markerName(prefixes, { kind: 'ConfigMap', name: 'db' })).toBe('restart-configmap.keytender.dev/db');
  });

  it('is a name that annotations may have, and another one for each source', () => {
    fc.assert(
      fc.property(anyName, anyName, (one, other) => {
        const [name, another] = [one, other].map((each) => markerName(prefixes, { kind: 'Secret', name: each }));
        expect(name?.split('/')[1]).toMatch(/^[a-z0-9]([-a-z0-9._]{0,61}[a-z0-9])?$/);
        expect(name === another).toBe(one === other);
      }),
    );
  });

  it('has former names: those of earlier versions, with another end where the name is long, and one for each merging writer', () => {
    const long = `${'a'.repeat(60)}.secret`;
    const digest = createHash('sha256').update(long).digest('hex').slice(0, 12);
    expect(formerMarkerNames(prefixes, long, undefined)).toEqual([`restart.keytender.dev/${long.slice(0, 50)}-${digest}`]);
    expect(markerName(prefixes, { kind: 'Secret', name: long })).toBe(`restart.keytender.dev/${long.slice(0, 49)}__${digest}`);
    expect(formerMarkerNames(prefixes, 'db', undefined)).toEqual([]);
    expect(formerMarkerNames(prefixes, 'db', 'es')).toEqual(['restart.keytender.dev/db_es', 'restart.keytender.dev/db.es']);
  });
});

describe('the text of a marker', () => {
  it('is read back as it was written', () => {
    const anyMarked = fc.record({ sequence: fc.integer({ min: 0, max: MAX_SEQUENCE }), content: fc.constantFrom('k1:AZ-_09', 'absent') });
    fc.assert(fc.property(anyMarked, (marked) => expect(parseMarker(markerText(marked))).toEqual(marked)));
    expect(markerText({ sequence: 0, content: 'k1:a' })).toBe('k1:a');
    expect(markerText({ sequence: 12, content: 'k1:a' })).toBe('12.k1:a');
  });

  it.each([
    '',
    '12',
    '0.k1:a',
    '01.k1:a',
    '-1.k1:a',
    '1.2.k1:a',
    '1.',
    '.k1:a',
    `${MAX_SEQUENCE + 1}.k1:a`,
    '99999999999999999999.k1:a',
    'one\n1.a',
  ])('of another client, %j, has no number', (text) => {
    expect(parseMarker(text)).toEqual({ sequence: 0, content: text });
  });
});
