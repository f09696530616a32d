import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { LargeAnswers } from '../../../src/aws/large-answers.ts';

const large = { 'content-length': '1000000' };

/** Asks for a turn of a body, and notes its name when it has it. */
function ask(answers: LargeAnswers, order: string[], name: string, headers: Readonly<Record<string, string>> = large): PassThrough {
  const body = new PassThrough();
  void answers.turn({ headers, body }).then(() => void order.push(name));
  return body;
}

describe('large answers', () => {
  it('are taken in one after the other, as they came; small ones never wait', async () => {
    const answers = new LargeAnswers();
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

  it('that do not come keep no other waiting', async () => {
    const answers = new LargeAnswers();
    ask(answers, [], 'hangs');
    await answers.turn({ headers: large, body: new PassThrough() });
  });
});
