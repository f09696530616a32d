// Entries of one ExternalSecret of which some fail: nothing is written, and one message stands for all.
import { describe, expect, it } from '@jest/globals';
import { World } from './world.ts';

const entry = (secretKey: string, key: string, property?: string) => ({
  secretKey,
  remoteRef: { key, ...(property !== undefined && { property }) },
});

const data = [entry('first', 'db'), entry('denied', 'denied'), entry('bad', 'db', 'gone'), entry('last', 'db', 'x')];

describe('an ExternalSecret with entries that fail', () => {
  it('leaves the Secret as it is, tells the first failure and counts the others, and is written whole once all are mended', async () => {
    const made = new World();
    made.values.put('db', '{"x":"one"}');
    made.values.put('denied', 'two');
    const reconcile = async (entries: typeof data) => {
      made.apply('orders', { data: entries });
      made.sync();
      return await made.reconcile('orders');
    };
    await reconcile([data[0]!]);
    expect(made.data('orders')).toEqual({ first: '{"x":"one"}' });
    made.values.failing.set('denied', 'AccessDenied');
    const writes = (): number => made.api.writes.filter(({ kind }) => kind === 'Secret').length;
    const before = writes();
    expect(await reconcile(data)).toEqual({ kind: 'done' });
    const ready = () => made.resource('orders')?.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready()).toMatchObject({
      reason: 'AccessDenied',
      message: expect.stringMatching(/^data\[1\] \(denied, .* \(and 1 other entry\); /),
    });
    made.values.failing.clear();
    await reconcile(data);
    expect(ready()).toMatchObject({ reason: 'PropertyNotFound', message: expect.stringMatching(/^data\[2\] \(bad, /) });
    expect(ready()?.message).not.toContain('other entr');
    expect([writes(), made.data('orders')]).toEqual([before, { first: '{"x":"one"}' }]);
    await reconcile(data.map((one) => (one.secretKey === 'bad' ? entry('bad', 'db', 'x') : one)));
    expect(made.data('orders')).toEqual({ bad: 'one', denied: 'two', first: '{"x":"one"}', last: 'one' });
  });
});
