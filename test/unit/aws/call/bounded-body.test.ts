import { PassThrough, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { boundedBody } from '../../../../src/aws/call/bounded-body.ts';

const limits = { bytes: 10, time: 60_000 };

async function outcomeOf(body: Readable): Promise<unknown> {
  try {
    return (await buffer(body)).toString();
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}

describe('a body', () => {
  it.each([
    ['0123456789', undefined, '0123456789'],
    ['01234567890', undefined, 'EMSGSIZE'],
    ['0123456789', '10', '0123456789'],
  ])('%j with the length %s is read up to the limit', async (text, length, outcome) => {
    const body = new PassThrough();
    body.end(text);
    expect(await outcomeOf(boundedBody(body, length, limits))).toBe(outcome);
  });

  it('that says a length above the limit is not read', () => {
    const body = new PassThrough();
    expect(() => boundedBody(body, '11', limits)).toThrow('exceeds a limit');
    expect(body.destroyed).toBe(true);
  });

  it.each([undefined, '5'])('that drips is ended after a time (length %s)', async (length) => {
    const body = new PassThrough();
    body.write('0');
    expect(await outcomeOf(boundedBody(body, length, { ...limits, time: 1 }))).toBe('ETIMEDOUT');
  });

  it.each([undefined, '5'])('that is cut off is an error (length %s)', async (length) => {
    const body = new PassThrough();
    const read = outcomeOf(boundedBody(body, length, limits));
    body.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    expect(await read).toBe('ECONNRESET');
  });
});
