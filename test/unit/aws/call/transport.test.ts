// The shared transport: few connections, proxies, and pools with a limit.
import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { callOwner } from '../../../../src/aws/call/call-owner.ts';
import { CURRENT, identityOf, never, reasonOf, startSdkWorld, useEndpoint } from '../sdk-world.ts';

describe('transport', () => {
  it('keeps connections, and shares them between identities and services', async () => {
    await using world = await startSdkWorld({ latencyMs: 1 });
    world.aws.secrets().create('a', 'x');
    for (let n = 0; n < 20; n++) {
      const roleArn = world.aws.addRole({ account: world.aws.defaultAccount, name: `r${n}`, trust: { principals: ['*'] } });
      await world.secrets.read(identityOf(world.identity.base, { roleArn }), 'a', CURRENT, never());
    }
    expect(world.aws.calls.byOperation).toEqual({ AssumeRole: 20, GetSecretValue: 20 });
    expect(world.aws.calls.connections).toBe(1);
  });

  it('resolves names as it is told', async () => {
    const hosts: string[] = [];
    const lookup: LookupFunction = (host, options, callback) => {
      hosts.push(host);
      process.nextTick(callback, null, options.all === true ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
    };
    await using world = await startSdkWorld({ transport: { lookup } });
    useEndpoint(world.aws.endpoint.replace('127.0.0.1', 'keytender.invalid'));
    world.aws.secrets().create('a', 'x');
    expect(reasonOf(await world.secrets.read(world.identity, 'a', CURRENT, never()))).toBe('ok');
    expect(hosts).toEqual(['keytender.invalid']);
  });

  it('resolves names for the namespace of the store that a call is made with, also for its role', async () => {
    const owners: string[] = [];
    const lookup: LookupFunction = (_, options, callback) => {
      owners.push(callOwner());
      process.nextTick(callback, Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), options.all === true ? [] : '');
    };
    await using world = await startSdkWorld({ transport: { lookup } });
    useEndpoint('http://keytender.invalid');
    const roleArn = 'arn:aws:iam::111122223333:role/reader';
    const identities = [
      { ...world.identity, storeNamespace: 'tenant' },
      { ...identityOf(world.identity.base, { roleArn }), storeNamespace: 'other' },
      world.identity,
    ];
    for (const identity of identities) await world.secrets.read(identity, 'a', CURRENT, never());
    expect([...new Set(owners)]).toEqual(['tenant', 'other', '']);
  });

  it('goes through the proxy that the environment names, except for NO_PROXY', async () => {
    const proxied: string[] = [];
    const proxy = createServer((request, response) => {
      proxied.push(String(request.url));
      response.statusCode = 403;
      response.end('denied by the proxy');
    });
    await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
    const HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    try {
      for (const [env, reason] of [
        [{ HTTP_PROXY }, 'AccessDenied'],
        [{ HTTP_PROXY, NO_PROXY: '127.0.0.1' }, 'ok'],
      ] as const) {
        await using world = await startSdkWorld({ transport: { env } });
        world.aws.secrets().create('a', 'x');
        expect(reasonOf(await world.secrets.read(world.identity, 'a', CURRENT, never()))).toBe(reason);
        expect(proxied.splice(0)).toEqual(reason === 'ok' ? [] : [`${world.aws.endpoint}/`]);
      }
    } finally {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    }
  });
});
