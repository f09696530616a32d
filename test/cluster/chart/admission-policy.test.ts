// The ValidatingAdmissionPolicies of the chart on a real API server, with the account of the chart: requests that RBAC allows and the
// policies deny, and similar requests that must pass.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RELEASE, RELEASE_NAMESPACE } from '../../support/chart.ts';
import { ApiClient } from '../../support/control-plane/api-client.ts';
import type { ApiRequest, ApiResponse } from '../../support/control-plane/api-client.ts';
import { makeNamespace } from '../../support/control-plane/namespace.ts';
import { startControlPlane } from '../../support/control-plane/start.ts';
import type { ControlPlane } from '../../support/control-plane/start.ts';
import { waitUntil } from '../../support/control-plane/wait-until.ts';
import { Objects } from '../../support/operator/objects.ts';
import { applyRelease } from './release.ts';
import { createRolloutKind } from '../../support/operator/argo-rollouts.ts';
import {
  argoRollout,
  createRequests,
  deleteRequests,
  rolloutRequests,
  tokenRequests,
  updateRequests,
  UID,
  workloadRequests,
  workloads,
} from './policy-requests.ts';
import type { SecretBefore, WorkloadKind } from './policy-requests.ts';

const CRDS = fileURLToPath(new URL('../../../crds', import.meta.url));

let cluster: ControlPlane;
let operator: ApiClient;
let tenant: string;
let owner: string;
let serial = 0;

beforeAll(async () => {
  // Without OwnerReferencesPermissionEnforcement, which few clusters have and which would refuse some of the requests first.
  cluster = await startControlPlane({ crds: [CRDS] });
  await createRolloutKind(cluster.api);
  await applyRelease(cluster, { restart: { argoRollouts: true } });
  ({ name: tenant } = await makeNamespace(cluster, 'policy'));
  const spec = { suspend: true, dataFrom: [{ extract: { key: 'any' } }] };
  ({ uid: owner } = (await new Objects(cluster.api, tenant).externalSecret('orders', spec)).metadata);
  const token = await cluster.serviceAccountToken({ namespace: RELEASE_NAMESPACE, name: RELEASE });
  operator = new ApiClient({ url: cluster.url, caPem: cluster.caPem, token });
  await ask(cluster.api, { method: 'POST', path: `/api/v1/namespaces/${tenant}/serviceaccounts`, body: { metadata: { name: 'reader' } } });
}, 900_000);

afterAll(async () => {
  operator?.[Symbol.dispose]();
  await cluster?.[Symbol.asyncDispose]();
});

describe('a stolen operator', () => {
  it.each(Object.entries(createRequests))('creating a Secret: %s', async (_, { namespace = tenant, body, refusal }) => {
    const name = body.metadata.name ?? unique();
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const secret = owned({ apiVersion: 'v1', kind: 'Secret', ...body, metadata: { ...body.metadata, name } });
    // The digest key may be there from another test of this file.
    await cluster.api.send({ method: 'DELETE', path: `${path}/${name}` });
    expectAnswer(await operator.send({ method: 'POST', path, body: secret }), 201, refusal, 'secrets');
    if (refusal !== undefined) await expectAllowed({ method: 'POST', path: `${path}?dryRun=All`, body: secret });
  });

  it.each(Object.entries(updateRequests))('changing a Secret: %s', async (_, { before, patch, refusal }) => {
    const path = await secretBefore(before);
    const change = { method: 'PATCH', body: owned(patch), contentType: 'application/merge-patch+json' } as const;
    if (refusal !== undefined) await expectAllowed({ ...change, path: `${path}?dryRun=All` });
    expectAnswer(await operator.send({ ...change, path }), 200, refusal, 'secrets');
  });

  it.each(Object.entries(deleteRequests))('deleting a Secret: %s', async (_, { before, refusal }) => {
    const path = await secretBefore(before);
    expectAnswer(await operator.send({ method: 'DELETE', path }), 200, refusal, 'secrets');
  });

  it.each(Object.entries(tokenRequests))('requesting a token: %s', async (_, { spec, refusal }) => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
    const path = `/api/v1/namespaces/${tenant}/serviceaccounts/reader/token`;
    expectAnswer(await operator.send({ method: 'POST', path, body }), 201, refusal, 'tokens');
    if (refusal !== undefined && spec.boundObjectRef === undefined) await expectAllowed({ method: 'POST', path, body });
  });

  const changes = Object.keys(workloads).flatMap((kind) => Object.entries(workloadRequests).map((entry) => [kind, ...entry] as const));
  it.each(changes)('changing a workload: %s, %s', async (plural, _, { patch, refusal }) => {
    const kind = plural as WorkloadKind;
    const name = unique();
    const path = `/apis/apps/v1/namespaces/${tenant}/${plural}`;
    await ask(cluster.api, { method: 'POST', path, body: workloads[kind](name) });
    const change = { method: 'PATCH', path: `${path}/${name}`, body: patch, contentType: 'application/merge-patch+json' } as const;
    if (refusal !== undefined) await expectAllowed({ ...change, path: `${change.path}?dryRun=All` });
    expectAnswer(await operator.send(change), 200, refusal, 'workloads');
  });

  it.each(Object.entries(rolloutRequests))('changing a Rollout: %s', async (_, { patch, refusal }) => {
    const name = unique();
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${tenant}/rollouts`;
    await ask(cluster.api, { method: 'POST', path, body: argoRollout(name) });
    const change = { method: 'PATCH', path: `${path}/${name}`, body: patch, contentType: 'application/merge-patch+json' } as const;
    if (refusal !== undefined) await expectAllowed({ ...change, path: `${change.path}?dryRun=All` });
    expectAnswer(await operator.send(change), 200, refusal, 'rollouts');
  });
});

it('the policies have no warnings of the type check', async () => {
  for (const subject of ['tokens', 'secrets', 'workloads', 'rollouts']) {
    const path = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${RELEASE_NAMESPACE}-${RELEASE}-${subject}`;
    const status = await waitUntil(`the type check of ${subject}`, async () => {
      const { metadata, status: seen } = (await cluster.api.send({ path })).body as Policy;
      return seen?.observedGeneration === metadata.generation ? seen : undefined;
    });
    expect(status.typeChecking?.expressionWarnings ?? []).toEqual([]);
  }
});

it('the token policy and the permission follow the values', async () => {
  await ask(cluster.api, { method: 'POST', path: `/api/v1/namespaces/${tenant}/serviceaccounts`, body: { metadata: { name: 'other' } } });
  const accounts = [{ namespace: tenant, names: ['reader'] }];
  await applyRelease(cluster, { restart: { argoRollouts: true }, serviceAccountTokens: { audiences: ['vault'], accounts } });
  const request = (account: string, audience: string): Promise<ApiResponse> =>
    operator.send({
      method: 'POST',
      path: `/api/v1/namespaces/${tenant}/serviceaccounts/${account}/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [audience] } },
    });
  await waitUntil('a token for the audience', async () => (await request('reader', 'vault')).status === 201);
  expectAnswer(await request('reader', 'sts.amazonaws.com'), 201, 'audiences in serviceAccountTokens.audiences', 'tokens');
  await waitUntil('the account that is not named is refused', async () => (await request('other', 'vault')).status === 403);
  expect(JSON.stringify((await request('other', 'vault')).body)).toContain('cannot create resource');
});

interface Policy {
  readonly metadata: { readonly generation: number };
  readonly status?: { readonly observedGeneration?: number; readonly typeChecking?: { readonly expressionWarnings?: readonly object[] } };
}

function unique(): string {
  serial += 1;
  return `sample-${serial}`;
}

/** Makes the Secret that a request is about, as the admin, and gives its path. */
async function secretBefore({ namespace = tenant, body }: SecretBefore): Promise<string> {
  const name = body.metadata.name ?? unique();
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  await cluster.api.send({ method: 'DELETE', path: `${path}/${name}` });
  const secret = owned({ apiVersion: 'v1', kind: 'Secret', ...body, metadata: { ...body.metadata, name } });
  await ask(cluster.api, { method: 'POST', path, body: secret });
  return `${path}/${name}`;
}

/** With the uid of the ExternalSecret that is there. */
function owned(body: object): object {
  return JSON.parse(JSON.stringify(body).replaceAll(UID, owner)) as object;
}

/** Throws what the API server says when it refuses. */
async function ask(api: ApiClient, request: ApiRequest): Promise<void> {
  const { status, body } = await api.send(request);
  if (status >= 300) throw new Error(`${request.method ?? 'GET'} ${request.path}: HTTP ${status} ${JSON.stringify(body)}`);
}

/** What the policy refuses is a request that the API server would have taken: from somebody else it does. */
async function expectAllowed(request: ApiRequest): Promise<void> {
  const { status, body } = await cluster.api.send(request);
  expect({ status, body: status < 300 ? {} : body }).toEqual({ status: request.method === 'POST' ? 201 : 200, body: {} });
}

function expectAnswer({ status, body }: ApiResponse, success: number, refusal: string | undefined, subject: string): void {
  if (refusal === undefined) {
    expect({ status, body: status === success ? {} : body }).toEqual({ status: success, body: {} });
    return;
  }
  const { message } = body as { readonly message?: string };
  const policy = `${RELEASE_NAMESPACE}-${RELEASE}-${subject}`;
  expect({ status, message }).toEqual({
    status: 403,
    message: expect.stringContaining(`ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request`),
  });
  expect(message).toContain(refusal);
}
