import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { markerNames } from '../../../src/restart/marker.ts';

const { restartPrefix } = keytender.annotations;
const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,250}[a-z0-9])?$/).filter((text) => text.length <= 253);
const source = fc.tuple(name, fc.option(name, { nil: undefined }));

describe('markerNames', () => {
  it('is the name of the Secret, and of the writer that merges', () => {
    expect(markerNames(keytender.annotations.restartPrefix, 'database', undefined)).toEqual({ current: `${restartPrefix}database` });
    expect(markerNames(keytender.annotations.restartPrefix, 'database', 'orders')).toEqual({
      current: `${restartPrefix}database_orders`,
      former: `${restartPrefix}database.orders`,
    });
  });

  it('is a name that the API server takes for an annotation, for every name of a Secret', () => {
    fc.assert(
      fc.property(source, ([secret, writer]) => {
        const { current, former = current } = markerNames(keytender.annotations.restartPrefix, secret, writer);
        for (const marker of [current, former]) {
          expect(marker.slice(restartPrefix.length)).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
        }
      }),
    );
  });

  it('differs for any two sources, those among them whose names are made to collide', () => {
    const cut = (text: string) => markerNames(keytender.annotations.restartPrefix, text, undefined).current.slice(restartPrefix.length);
    const colliding = source.chain(([secret, writer = 'a']) =>
      fc.constantFrom<[string, string | undefined][]>(
        [
          [secret, writer],
          [`${secret}.${writer}`, undefined],
        ],
        [
          [secret, undefined],
          [markerNames(keytender.annotations.restartPrefix, secret, undefined).former?.slice(restartPrefix.length) ?? 'other', undefined],
        ],
        [
          [`${secret}.${writer}`, 'x'],
          [secret, `${writer}.x`],
        ],
        [
          [secret, undefined],
          [cut(`${secret}.${writer}`).replaceAll('_', '-'), undefined],
        ],
      ),
    );
    fc.assert(
      fc.property(colliding, ([left, right]) => {
        fc.pre(left?.join('/') !== right?.join('/'));
        expect(markerNames(keytender.annotations.restartPrefix, left![0], left![1]).current).not.toBe(
          markerNames(keytender.annotations.restartPrefix, right![0], right![1]).current,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('still knows the name that a long one had before', () => {
    const { current, former } = markerNames(keytender.annotations.restartPrefix, 'a'.repeat(100), undefined);
    expect(former).toMatch(/\/a{50}-[0-9a-f]{12}$/);
    expect(current).toMatch(/\/a{49}__[0-9a-f]{12}$/);
  });
});
