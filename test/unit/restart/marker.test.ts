import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { names } from '../../../src/api/names.ts';
import { markerName } from '../../../src/restart/marker.ts';

const { restartPrefix } = names.annotations;
const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,250}[a-z0-9])?$/).filter((text) => text.length <= 253);

describe('markerName', () => {
  it('is the name of the Secret, and of the writer that merges', () => {
    expect(markerName('database', undefined)).toBe(`${restartPrefix}database`);
    expect(markerName('database', 'orders')).toBe(`${restartPrefix}database.orders`);
  });

  it('is a name that the API server takes for an annotation, for every name of a Secret', () => {
    fc.assert(
      fc.property(name, fc.option(name, { nil: undefined }), (secret, writer) => {
        expect(markerName(secret, writer).slice(restartPrefix.length)).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
      }),
    );
  });

  it('differs for long names that begin alike', () => {
    expect(markerName(`${'a'.repeat(100)}x`, undefined)).not.toBe(markerName(`${'a'.repeat(100)}y`, undefined));
  });
});
