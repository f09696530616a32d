// The test control plane itself.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApiProxy } from '../support/api-proxy/start.ts';
import type { SharedControlPlane } from '../support/control-plane/shared.ts';
import { startStandardControlPlane } from '../support/control-plane/shared.ts';
import { makeNamespace } from '../support/control-plane/namespace.ts';
import type { TestNamespace } from '../support/control-plane/namespace.ts';
import { startControlPlane } from '../support/control-plane/start.ts';
import { waitUntil } from '../support/control-plane/wait-until.ts';
import { makeNode } from '../support/pod-readier/node.ts';
import { startPodReadier } from '../support/pod-readier/start.ts';
import type { PodReadier } from '../support/pod-readier/start.ts';

let controlPlane: SharedControlPlane;
let readier: PodReadier;
let namespace: TestNamespace;

beforeAll(async () => {
  // One's own: nodes belong to no namespace, and those of other tests would get pods of the DaemonSet here.
  controlPlane = await startStandardControlPlane();
  readier = await startPodReadier(controlPlane);
  namespace = await makeNamespace(controlPlane, 'ground');
}, 120_000);

afterAll(async () => {
  await namespace?.[Symbol.asyncDispose]();
  await readier?.[Symbol.asyncDispose]();
  await controlPlane?.[Symbol.asyncDispose]();
});

async function kubectl(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await controlPlane.kubectl(['--namespace', namespace.name, ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function apply(manifest: unknown): Promise<void> {
  const { code, stderr } = await controlPlane.kubectl(['--namespace', namespace.name, 'apply', '-f', '-'], {
    input: JSON.stringify(manifest),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

function workload(kind: 'Deployment' | 'StatefulSet' | 'DaemonSet', name: string, replicas = 2): unknown {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'registry.example/none' }] } };
  const size = kind === 'DaemonSet' ? {} : { replicas };
  const service = kind === 'StatefulSet' ? { serviceName: name } : {};
  return { apiVersion: 'apps/v1', kind, metadata: { name }, spec: { ...size, ...service, selector: { matchLabels: labels }, template } };
}

describe('the pod-readier', () => {
  it.each(['Deployment', 'StatefulSet'] as const)(
    'lets a %s roll out, and roll again after a restart',
    async (kind) => {
      const name = `rolls-${kind.toLowerCase()}`;
      await apply(workload(kind, name));
      await kubectl('rollout', 'status', kind, name, '--timeout=30s');
      const before = await kubectl('get', 'pods', '-l', `app=${name}`, '-o', 'jsonpath={.items[*].metadata.uid}');
      await kubectl('rollout', 'restart', kind, name);
      await kubectl('rollout', 'status', kind, name, '--timeout=30s');
      const after = await waitUntil('the old pods to go', async () => {
        const uids = (await kubectl('get', 'pods', '-l', `app=${name}`, '-o', 'jsonpath={.items[*].metadata.uid}')).split(' ');
        return uids.length === 2 ? uids : undefined;
      });
      expect(after.filter((uid) => before.split(' ').includes(uid))).toEqual([]);
    },
    90_000,
  );

  it('lets a DaemonSet roll out and restart on a node that is only an object', async () => {
    await using _node = await makeNode(controlPlane, `${namespace.name}-node`);
    await apply(workload('DaemonSet', 'daemon'));
    const ready = () => kubectl('get', 'daemonset', 'daemon', '-o', 'jsonpath={.status.numberReady}');
    await waitUntil('its pod', async () => (await ready()) === '1');
    await kubectl('rollout', 'restart', 'daemonset', 'daemon');
    await kubectl('rollout', 'status', 'daemonset', 'daemon', '--timeout=30s');
    expect(await kubectl('get', 'daemonset', 'daemon', '-o', 'jsonpath={.status.updatedNumberScheduled}')).toBe('1');
    expect(await ready()).toBe('1');
  }, 60_000);

  it('keeps pods not ready, in a crash loop or untouched where it is told to, and lets them be ready again', async () => {
    const labels = { app: 'switched' };
    const show = (): Promise<string> => kubectl('get', 'pods', '-l', 'app=switched', '--no-headers');
    const rule = readier.set({ namespace: namespace.name, labels }, { state: 'untouched' });
    await apply(workload('Deployment', 'switched', 1));
    await waitUntil('a pending pod', async () => /0\/1\s+Pending/.test(await show()));
    const notReady = readier.set({ labels }, { state: 'not-ready' });
    await waitUntil('a running pod', async () => /0\/1\s+Running/.test(await show()));
    const crashing = readier.set({ labels }, { state: 'crash-loop' });
    await waitUntil('a crash loop', async () => /0\/1\s+CrashLoopBackOff\s+1/.test(await show()));
    for (const one of [rule, notReady, crashing]) one[Symbol.dispose]();
    await kubectl('rollout', 'status', 'deployment', 'switched', '--timeout=20s');
  }, 60_000);

  it('waits as long as it is told to', async () => {
    using _rule = readier.set({ labels: { app: 'slow' } }, { state: 'ready', delayMs: 3_000 });
    await apply(workload('Deployment', 'slow', 1));
    const early = await controlPlane.kubectl(['--namespace', namespace.name, 'rollout', 'status', 'deployment', 'slow', '--timeout=1s']);
    expect(early.code).toBe(1);
    await kubectl('rollout', 'status', 'deployment', 'slow', '--timeout=20s');
  }, 60_000);
});

describe('the control plane', () => {
  it('gives tokens of service accounts, which RBAC judges', async () => {
    await kubectl('create', 'serviceaccount', 'reader');
    await kubectl('create', 'role', 'reader', '--verb=get,list', '--resource=secrets');
    await kubectl('create', 'rolebinding', 'reader', '--role=reader', `--serviceaccount=${namespace.name}:reader`);
    const kubeconfigPath = await controlPlane.kubeconfigFor({ serviceAccount: { namespace: namespace.name, name: 'reader' } });
    const as = (...args: readonly string[]) => controlPlane.kubectl(['--namespace', namespace.name, ...args], { kubeconfigPath });
    expect((await as('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).stdout).toBe(
      `system:serviceaccount:${namespace.name}:reader`,
    );
    expect((await as('get', 'secrets')).code).toBe(0);
    expect((await as('get', 'pods')).stderr).toContain('cannot list resource "pods"');
  }, 60_000);

  it('gives tokens for an audience, signed by its key', async () => {
    const token = await controlPlane.serviceAccountToken(
      { namespace: namespace.name, name: 'default' },
      { audiences: ['sts.amazonaws.com'] },
    );
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
    expect(claims).toMatchObject({ aud: ['sts.amazonaws.com'], iss: controlPlane.coordinates.serviceAccountIssuer });
  });

  it('writes who did what to the audit log, without bodies', async () => {
    await kubectl('create', 'secret', 'generic', 'audited', '--from-literal=password=canary-7731');
    const line = await waitUntil('the audit line', () =>
      readFileSync(controlPlane.auditLogPath, 'utf8')
        .split('\n')
        .find((one) => one.includes('"verb":"create"') && one.includes('"name":"audited"')),
    );
    expect(JSON.parse(line)).toMatchObject({
      stage: 'ResponseComplete',
      user: { username: 'admin' },
      objectRef: { resource: 'secrets', namespace: namespace.name, name: 'audited' },
      responseStatus: { code: 201 },
    });
    const log = readFileSync(controlPlane.auditLogPath, 'utf8');
    expect(log).not.toContain('canary-7731');
    expect(log).not.toContain('"stage":"RequestReceived"');
  });

  it('keeps its data, port and clients over a stop of the API server', async () => {
    await using own = await startControlPlane();
    await own.kubectl(['create', 'configmap', 'kept', '--from-literal=a=b']);
    await own.stopApiServer();
    await expect(own.api.send({ path: '/readyz' })).rejects.toThrow();
    await own.startApiServer();
    expect((await own.kubectl(['get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}'])).stdout).toBe('b');
  }, 60_000);

  it('refuses owner references that block the deletion of what the user may not finalize', async () => {
    await kubectl('create', 'serviceaccount', 'owner');
    await kubectl('create', 'role', 'owner', '--verb=create,get', '--resource=configmaps');
    await kubectl('create', 'rolebinding', 'owner', '--role=owner', `--serviceaccount=${namespace.name}:owner`);
    await kubectl('create', 'configmap', 'parent');
    const uid = await kubectl('get', 'configmap', 'parent', '-o', 'jsonpath={.metadata.uid}');
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'parent', uid, blockOwnerDeletion: true }];
    const child = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'child', ownerReferences } };
    const kubeconfigPath = await controlPlane.kubeconfigFor({ serviceAccount: { namespace: namespace.name, name: 'owner' } });
    const created = await controlPlane.kubectl(['--namespace', namespace.name, 'create', '-f', '-'], {
      input: JSON.stringify(child),
      kubeconfigPath,
    });
    expect(created.stderr).toContain('cannot set blockOwnerDeletion');
  }, 60_000);
});

describe('the API proxy', () => {
  it('lets kubectl through as the user it is, and loses an answer after the write', async () => {
    await using proxy = await startApiProxy(controlPlane);
    const token = await controlPlane.serviceAccountToken({ namespace: namespace.name, name: 'default' });
    const asUser = await proxy.kubeconfig({ token });
    const who = await controlPlane.kubectl(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'], { kubeconfigPath: asUser });
    expect(who.stdout).toBe(`system:serviceaccount:${namespace.name}:default`);
    const asAdmin = await proxy.kubeconfig();
    using lost = proxy.inject({ verb: 'create', resource: 'configmaps', fault: { kind: 'lose-response' } });
    const create = ['--namespace', namespace.name, 'create', 'configmap', 'written'];
    expect((await controlPlane.kubectl(create, { kubeconfigPath: asAdmin })).code).toBe(1);
    expect(lost.hits).toBeGreaterThan(0);
    expect(await kubectl('get', 'configmap', 'written', '-o', 'name')).toBe('configmap/written\n');
    expect(proxy.log.writes({ resource: 'configmaps', namespace: namespace.name })).toEqual([
      expect.objectContaining({ verb: 'create', status: 0, lost: true }),
    ]);
  }, 60_000);
});
