// Refusals of the API server: quota, RBAC, admission, a namespace that ends. Each has its reason, and its end is noticed.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { openScene, type Scene } from '../../support/operator/scene.ts';
import { readyOf } from '../../support/operator/objects.ts';
import { startOperator } from '../../support/operator/operator.ts';
import { forceSync, untilObject } from '../../support/operator/waits.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';

jest.setTimeout(60_000);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('refusals');
  await scene.createStore();
}, 120_000);

afterAll(() => scene?.[Symbol.asyncDispose]());

function oneKey(key: string, target: object = {}): object {
  return { target, data: [{ secretKey: 'value', remoteRef: { key } }] };
}

describe('the API server', () => {
  it('that has no quota left for Secrets is named, and the Secret comes when there is', async () => {
    await using other = await openScene('refusals-quota');
    await other.createStore();
    const value = other.createSecret('refusals/quota');
    const used = (await other.objects.list('secrets')).length;
    await other.objects.create('resourcequotas', { metadata: { name: 'few' }, spec: { hard: { secrets: String(used) } } });
    await untilObject(other, 'resourcequotas', 'few', ({ status }) => status?.['used'] !== undefined);
    await other.objects.externalSecret('quota', oneKey('refusals/quota'));
    const refused = await other.objects.untilReason('quota', 'QuotaExceeded');
    expect(readyOf(refused)?.message).toContain('the quota few of the namespace is used up; raise the ResourceQuota');
    await other.objects.delete('resourcequotas', 'few');
    await other.objects.untilReason('quota', 'SecretSynced', 15_000);
    expect(await other.objects.values('quota')).toEqual({ value });
  });

  it('that would refuse the successor of a Secret to be recreated leaves that Secret in place', async () => {
    await using other = await openScene('refusals-recreate');
    await other.createStore();
    const value = other.createSecret('refusals/recreate');
    await other.objects.externalSecret('frozen', oneKey('refusals/recreate', { immutable: true, recreate: true }));
    await other.objects.untilReason('frozen', 'SecretSynced');
    const made = await other.objects.get('secrets', 'frozen');
    await other.objects.create('resourcequotas', { metadata: { name: 'none' }, spec: { hard: { secrets: '0' } } });
    await untilObject(other, 'resourcequotas', 'none', ({ status }) => status?.['used'] !== undefined);
    const next = other.rotate('refusals/recreate');
    await forceSync(other, 'frozen', 'rotated');
    await other.objects.untilReason('frozen', 'QuotaExceeded');
    expect((await other.objects.get('secrets', 'frozen'))?.metadata.uid).toBe(made?.metadata.uid);
    expect(await other.objects.values('frozen')).toEqual({ value });
    await other.objects.delete('resourcequotas', 'none');
    await other.objects.untilReason('frozen', 'SecretSynced', 15_000);
    expect(await other.objects.values('frozen')).toEqual({ value: next });
  });

  it.each(['create', 'patch', 'get'])('that forbids to %s Secrets is named with the permission that is missing', async (verb) => {
    const name = `forbidden-${verb}`;
    scene.createSecret(`refusals/${name}`);
    const stringData = { theirs: 'kept' };
    if (verb !== 'create') await scene.objects.create('secrets', { metadata: { name }, stringData });
    const message = `secrets is forbidden: User "operator" cannot ${verb} resource "secrets" in API group "" in the namespace "x"`;
    using refusal = scene.proxy.inject({
      verb,
      resource: 'secrets',
      ...(verb === 'create' ? {} : { name }),
      fault: { kind: 'status', code: 403, reason: 'Forbidden', message },
    });
    await scene.objects.externalSecret(name, oneKey(`refusals/${name}`, verb === 'create' ? {} : { name, creationPolicy: 'Merge' }));
    const refused = await scene.objects.untilReason(name, 'Forbidden');
    expect(readyOf(refused)?.message).toContain(`the operator needs the permission "${verb}" on "secrets" in namespace ${scene.namespace}`);
    refusal.remove();
    await scene.objects.untilReason(name, 'SecretSynced', 15_000);
  });

  it('whose ValidatingAdmissionPolicy denies a Secret is named', async () => {
    const policy = `refusals-${randomBytes(4).toString('hex')}`;
    const admission = '/apis/admissionregistration.k8s.io/v1';
    const policies = `${admission}/validatingadmissionpolicies`;
    const bindings = `${admission}/validatingadmissionpolicybindings`;
    const send = async (path: string, kind: string, spec: object): Promise<void> => {
      const body = { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name: policy }, spec };
      expect((await scene.controlPlane.api.send({ method: 'POST', path, body })).status).toBe(201);
    };
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] };
    await send(policies, 'ValidatingAdmissionPolicy', {
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression: "!object.metadata.name.startsWith('refused')", message: 'no such names' }],
    });
    await send(bindings, 'ValidatingAdmissionPolicyBinding', {
      policyName: policy,
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': scene.namespace } } },
    });
    try {
      await waitUntil('the policy is in force', async () => {
        const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'refused-probe' } };
        const path = `/api/v1/namespaces/${scene.namespace}/secrets?dryRun=All`;
        return (await scene.controlPlane.api.send({ method: 'POST', path, body })).status === 422;
      });
      scene.createSecret('refusals/refused');
      await scene.objects.externalSecret('refused', oneKey('refusals/refused'));
      const refused = await scene.objects.untilReason('refused', 'AdmissionDenied');
      expect(readyOf(refused)?.message).toContain(`denied by the ValidatingAdmissionPolicy ${policy}`);
    } finally {
      for (const path of [bindings, policies]) await scene.controlPlane.api.send({ method: 'DELETE', path: `${path}/${policy}` });
    }
    await scene.objects.untilReason('refused', 'SecretSynced', 20_000);
  });

  it('that says a Secret is invalid names the field and not the value', async () => {
    scene.createSecret('refusals/docker');
    await scene.objects.externalSecret('docker', {
      target: { template: { type: 'kubernetes.io/dockerconfigjson' } },
      data: [{ secretKey: '.dockerconfigjson', remoteRef: { key: 'refusals/docker' } }],
    });
    const refused = await scene.objects.untilReason('docker', 'InvalidSpec');
    expect(readyOf(refused)?.message).toContain('refused as invalid: data[.dockerconfigjson]');
  });

  it('that loses a status write gets it again', async () => {
    scene.createSecret('refusals/status');
    using lost = scene.proxy.inject({
      resource: 'externalsecrets',
      subresource: 'status',
      name: 'status',
      times: 2,
      fault: { kind: 'status', code: 500 },
    });
    await scene.objects.externalSecret('status', oneKey('refusals/status'));
    await scene.objects.untilReason('status', 'SecretSynced');
    expect(lost.hits).toBe(2);
  });

  it('that deletes the namespace is let do so', async () => {
    await using other = await openScene('refusals-ending');
    await other.createStore();
    other.createSecret('refusals/ending');
    // Keeps the namespace from going while the test looks.
    await other.objects.create('secrets', { metadata: { name: 'anchor', finalizers: ['example.com/anchor'] } });
    await other.objects.externalSecret('ending', oneKey('refusals/ending'));
    await other.objects.untilReason('ending', 'SecretSynced');
    await other.controlPlane.api.send({ method: 'DELETE', path: `/api/v1/namespaces/${other.namespace}` });
    await waitUntil('its objects are gone', async () => (await other.objects.list('externalsecrets')).length === 0);
    await waitUntil('its Secrets are gone', async () =>
      (await other.objects.list('secrets')).every(({ metadata }) => metadata.name === 'anchor'),
    );
    await other.objects.patch('secrets', 'anchor', { metadata: { finalizers: null } });
    expect(other.operator.running).toBe(true);
    expect(other.operator.logLines().filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('an operator without the permission to write Secrets', () => {
  it('says on each ExternalSecret which one it needs', async () => {
    await using other = await openScene('refusals-rbac', { start: false });
    const { namespace, objects } = other;
    await other.createStore();
    other.createSecret('refusals/rbac');
    await objects.create('serviceaccounts', { metadata: { name: 'limited' } });
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    const rules = [
      { apiGroups: ['keytender.dev'], resources: ['*'], verbs: ['*'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch', 'create'] },
      { apiGroups: ['apps'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
    ];
    const send = async (path: string, body: object): Promise<void> => {
      expect(
        (await other.controlPlane.api.send({ method: 'POST', path, body: { apiVersion: 'rbac.authorization.k8s.io/v1', ...body } })).status,
      ).toBe(201);
    };
    await send(`${rbac}/roles`, { kind: 'Role', metadata: { name: 'limited' }, rules });
    await send(`${rbac}/rolebindings`, {
      kind: 'RoleBinding',
      metadata: { name: 'limited' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'limited' },
      subjects: [{ kind: 'ServiceAccount', name: 'limited', namespace }],
    });
    const token = await other.controlPlane.serviceAccountToken({ namespace, name: 'limited' });
    const operator = await startOperator({
      kubeconfigPath: await other.proxy.kubeconfig({ token }),
      awsEndpoint: other.aws.endpoint,
      flags: [`--namespaces=${namespace}`, `--namespace=${namespace}`, '--cluster-stores=false'],
    });
    other.operators.push(operator);
    await operator.whenReady();
    await objects.externalSecret('rbac', oneKey('refusals/rbac'));
    await objects.untilReason('rbac', 'SecretSynced');
    const merged = { ...oneKey('refusals/rbac', { name: 'theirs', creationPolicy: 'Merge' }) };
    await objects.create('secrets', { metadata: { name: 'theirs' } });
    await objects.externalSecret('rbac-merge', merged);
    const refused = await objects.untilReason('rbac-merge', 'Forbidden');
    expect(readyOf(refused)?.message).toContain('the operator needs the permission "patch" on "secrets"');
  });
});
