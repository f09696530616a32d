import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { LargeResponses } from '../../../../src/aws/call/large-responses.ts';

const large = { 'content-length': '1000000' };

/** Asks for a turn of a body, and notes its name when it has it. */
function ask(answers: LargeResponses, order: string[], name: string, headers: Readonly<Record<string, string>> = large): PassThrough {
  const body = new PassThrough();
  void answers.turn({ headers, body }).then(() => void order.push(name));
  return body;
}

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown }).code;

describe('large answers', () => {
  it('are taken in one after the other, as they came; small ones never wait', async () => {
    const answers = new LargeResponses();
    const order: string[] = [];
    const first = ask(answers, order, 'first');
    const second = ask(answers, order, 'second');
    ask(answers, order, 'third', {});
    ask(answers, order, 'small', { 'content-length': '1000' });
    await nextTurn();
    expect(order).toEqual(['first', 'small']);
    first.resume().end();
    await new Promise((resolve) => first.once('close', resolve));
    await nextTurn();
    await nextTurn();
    expect(order).toEqual(['first', 'small', 'second']);
    second.destroy();
    await new Promise((resolve) => second.once('close', resolve));
    await nextTurn();
    await nextTurn();
    expect(order).toEqual(['first', 'small', 'second', 'third']);
  });

  it.each(['destroyed', 'reset'])('whose body is %s while they wait are failed, and the next ones have their turn', async (how) => {
    const answers = new LargeResponses();
    const order: string[] = [];
    const first = ask(answers, order, 'first');
    const body = new PassThrough();
    const waiting = answers.turn({ headers: large, body }).then(() => 'turn', codeOf);
    ask(answers, order, 'third');
    if (how === 'destroyed') body.destroy();
    else body.destroy(Object.assign(new Error('reset by peer'), { code: 'ECONNRESET' }));
    expect(await waiting).toBe('ECONNRESET');
    first.resume().end();
    await new Promise((resolve) => first.once('close', resolve));
    await nextTurn();
    await nextTurn();
    expect(order).toEqual(['first', 'third']);
  });

  it('whose call is aborted while they wait are failed with the reason', async () => {
    const answers = new LargeResponses();
    ask(answers, [], 'first');
    const call = new AbortController();
    const waiting = answers.turn({ headers: large, body: new PassThrough() }, call.signal);
    const reason = new DOMException('the lease is lost', 'AbortError');
    call.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it('that have ended before they ask are failed at once: nobody could read them', async () => {
    const answers = new LargeResponses();
    const body = new PassThrough();
    body.destroy();
    expect(await answers.turn({ headers: large, body }).then(() => 'turn', codeOf)).toBe('ECONNRESET');
    const stopped = AbortSignal.abort(new DOMException('over', 'AbortError'));
    await expect(answers.turn({ headers: large, body: new PassThrough() }, stopped)).rejects.toBe(stopped.reason);
    const order: string[] = [];
    ask(answers, order, 'next');
    await nextTurn();
    expect(order).toEqual(['next']);
  });

  it('that do not come keep no other waiting', async () => {
    const answers = new LargeResponses();
    ask(answers, [], 'hangs');
    await answers.turn({ headers: large, body: new PassThrough() });
  });
});
