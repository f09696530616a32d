import { describe, expect, it } from '@jest/globals';
import { parseBindAddress } from '../../../../src/telemetry/server/bind-address.ts';

describe('parseBindAddress', () => {
  it.each([
    [':8080', { kind: 'listen', port: 8080 }],
    [':0', { kind: 'listen', port: 0 }],
    ['127.0.0.1:8081', { kind: 'listen', host: '127.0.0.1', port: 8081 }],
    ['localhost:65535', { kind: 'listen', host: 'localhost', port: 65_535 }],
    ['[::1]:8080', { kind: 'listen', host: '::1', port: 8080 }],
    ['0', { kind: 'off' }],
  ])('reads %s', (text, expected) => {
    expect(parseBindAddress(text)).toEqual(expected);
  });

  it.each(['', '8080', ':', ':65536', ':-1', '::1:8080', 'a b:80', 'http://x:80', ':8080 '])('refuses %j', (text) => {
    expect(parseBindAddress(text)).toBeUndefined();
  });
});
