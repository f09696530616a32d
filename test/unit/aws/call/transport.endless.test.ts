// Answers without an end, through the whole SDK.
import { describe, expect, it } from '@jest/globals';
import { CURRENT, never, reasonOf, startSdkWorld } from '../sdk-world.ts';

describe('transport', () => {
  it.each([200, 500])('gives up an answer without an end (HTTP %d)', async (status) => {
    await using world = await startSdkWorld({});
    world.aws.secrets().create('a', 'x');
    const endless = world.aws.inject({ fault: { kind: 'endless-body', status } });
    expect(reasonOf(await world.secrets.read(world.identity, 'a', CURRENT, never()))).toBe('AWSUnavailable');
    endless.remove();
    expect(reasonOf(await world.secrets.read(world.identity, 'a', CURRENT, never()))).toBe('ok');
  });
});
