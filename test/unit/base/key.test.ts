import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { keyOf, nameOf } from '../../../src/base/key.ts';

const name = fc.stringMatching(/^[a-z0-9]([-.a-z0-9]{0,20}[a-z0-9])?$/);
const namespace = fc.oneof(fc.constant(''), fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/));

describe('keyOf', () => {
  it('joins namespace and name, and leaves out an empty namespace', () => {
    expect(keyOf('shop', 'orders')).toBe('shop/orders');
    expect(keyOf('', 'aws')).toBe('aws');
  });

  it('is taken apart by nameOf', () => {
    fc.assert(
      fc.property(namespace, name, (inNamespace, of) => {
        expect(nameOf(keyOf(inNamespace, of))).toEqual({ namespace: inNamespace, name: of });
      }),
    );
  });
});
