/** The kinds in kubectl: names, columns, explanations, and objects that stay unchanged after apply. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { valueIn } from '../../../src/api/object/object.ts';
import { apiVersionOf, type CustomResourceType, groupResource } from '../../../src/api/object/resource-type.ts';
import { schemaHashes } from '../../../src/api/schema/schema-hash.ts';

import { acquireSharedControlPlane, type SharedControlPlane } from '../../support/control-plane/shared.ts';
import { clusterSecretStores, fullExternalSecret, secretStores, smallExternalSecret, type JsonObject } from './samples.ts';

const namespace = `api-${randomBytes(4).toString('hex')}`;
const { externalSecret, secretStore, clusterSecretStore } = keytender.kinds;
const NOW = '2026-01-02T03:04:05Z';

let access: SharedControlPlane;

async function kubectl(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await access.kubectl(['--namespace', namespace, ...args]);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

function manifest(kind: CustomResourceType, name: string, spec: JsonObject): string {
  return stringify({ apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name }, spec });
}

/** Client-side apply, as `kubectl apply -f` does it. */
async function apply(text: string): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return await access.kubectl(['--namespace', namespace, 'apply', '--filename', '-'], { input: text });
}

async function report(kind: CustomResourceType, name: string, status: JsonObject): Promise<void> {
  const scope = kind.namespaced ? `/namespaces/${namespace}` : '';
  const path = `/apis/${apiVersionOf(kind)}${scope}/${kind.plural}/${name}/status`;
  const response = await access.api.send({ method: 'PATCH', path, body: { status }, contentType: 'application/merge-patch+json' });
  expect(response).toMatchObject({ status: 200, body: { status } });
}

function condition(type: string): JsonObject {
  return { type, status: 'True', lastTransitionTime: NOW, reason: 'SecretSynced', message: 'in sync with AWS', observedGeneration: 1 };
}

const applied = [
  ['ExternalSecret', externalSecret, 'orders', fullExternalSecret],
  ['the smallest ExternalSecret', externalSecret, 'small', { ...smallExternalSecret, secretStoreRef: { name: 'elsewhere' } }],
  ['SecretStore', secretStore, 'aws', secretStores.secretRef],
  ['the smallest SecretStore', secretStore, 'small', secretStores.operatorIdentity],
  ['ClusterSecretStore', clusterSecretStore, namespace, clusterSecretStores.serviceAccount],
] as const;

beforeAll(async () => {
  access = await acquireSharedControlPlane();
  await access.kubectl(['create', 'namespace', namespace]);
  for (const [, kind, name, spec] of applied) expect(await apply(manifest(kind, name, spec))).toMatchObject({ code: 0, stderr: '' });
});

afterAll(async () => {
  await access.kubectl(['delete', clusterSecretStore.plural, namespace]);
  await access.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  await access[Symbol.asyncDispose]();
});

describe.each(applied)('%s', (_kind, kind, name, spec) => {
  it('is stored as it was applied, byte for byte: no defaults, nothing pruned', async () => {
    const stored = JSON.parse(await kubectl('get', kind.plural, name, '--output', 'json')) as { readonly spec: JsonObject };
    expect(canonical(stored.spec)).toBe(canonical(spec));
  });

  it('is unchanged by applying it again', async () => {
    expect((await apply(manifest(kind, name, spec))).stdout).toMatch(/ unchanged\n$/);
  });

  it('is found by its short name', async () => {
    const [short = ''] = kind.shortNames;
    expect(await kubectl('get', short, name, '--output', 'name')).toBe(`${kind.singular}.${keytender.group}/${name}\n`);
  });

  it('is refused with a field that it does not know', async () => {
    const { code, stderr } = await apply(manifest(kind, `${name}-typo`, { ...spec, sepc: 'x' }));
    expect(code).not.toBe(0);
    expect(stderr).toContain('unknown field "spec.sepc"');
  });

  it('explains itself', async () => {
    const text = await kubectl('explain', `${kind.plural}.spec`);
    expect(text).toContain(`GROUP:      ${keytender.group}`);
    expect(text).toContain('The desired state.');
    expect(text).not.toContain('<no description>');
    expect(await kubectl('explain', `${kind.plural}.status.conditions.reason`)).toContain('Stable name of the cause');
  });

  it('is served with the schema that the operator knows', async () => {
    const path = `jsonpath={.metadata.annotations.${keytender.annotations.schema.replaceAll('.', '\\.')}}`;
    expect(await kubectl('get', 'crd', `${kind.plural}.${keytender.group}`, '--output', path)).toBe(
      valueIn<string>(schemaHashes, groupResource(kind)),
    );
  });
});

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}

describe('kubectl', () => {
  it('applies the definitions on the client side, so that plain GitOps tools can', async () => {
    const files = [externalSecret, secretStore, clusterSecretStore].flatMap(({ plural }) => [
      '-f',
      `crds/${keytender.group}_${plural}.yaml`,
    ]);
    const { code, stderr, stdout } = await access.kubectl(['apply', '--dry-run=server', ...files]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('rror') });
    expect(stdout.trim().split('\n')).toHaveLength(3);
  });

  it('shows the columns of an ExternalSecret', async () => {
    const rollouts = { ...condition('RolloutsHealthy'), reason: 'RolloutsInProgress' };
    await report(externalSecret, 'orders', { lastChangeTime: NOW, conditions: [condition('Restarted'), rollouts, condition('Ready')] });
    const [header, row] = (await kubectl('get', externalSecret.plural, 'orders')).split('\n');
    expect(header).toMatch(/^NAME +STORE +REFRESH +READY +REASON +ROLLOUT +LAST CHANGE +AGE *$/);
    expect(row).toMatch(/^orders +aws +1h30m +True +SecretSynced +RolloutsInProgress +\d+\w+ +\d+\w+ *$/);
    expect(await kubectl('get', externalSecret.plural, '--output', 'wide')).toMatch(/ MESSAGE *\n.* in sync with AWS/);
  });

  it.each([
    ['SecretStore', secretStore, 'aws'],
    ['ClusterSecretStore', clusterSecretStore, namespace],
  ] as const)('shows the columns of a %s', async (_kind, kind, name) => {
    await report(kind, name, {
      identity: 'arn:aws:iam::123456789012:role/reader',
      conditions: [{ ...condition('Ready'), reason: 'StoreValid' }],
    });
    const [header, row] = (await kubectl('get', kind.plural, name)).split('\n');
    expect(header).toMatch(/^NAME +READY +REASON +IDENTITY +AGE *$/);
    expect(row).toMatch(/ True +StoreValid +arn:aws:iam::123456789012:role\/reader +\d+\w+ *$/);
  });

  it('lists all kinds by their category', async () => {
    const text = await kubectl('get', keytender.category, '--output', 'name');
    for (const [, kind, name] of applied) expect(text).toContain(`${kind.singular}.${keytender.group}/${name}\n`);
  });

  it.each([
    ['spec.secretStoreRef.name', 'aws'],
    ['spec.secretStoreRef.kind', 'SecretStore'],
    ['spec.target.name', 'orders'],
  ])('selects by %s', async (field, value) => {
    const found = await kubectl('get', externalSecret.plural, '--field-selector', `${field}=${value}`, '--output', 'name');
    expect(found).toBe(`externalsecret.${keytender.group}/orders\n`);
    expect(await kubectl('get', externalSecret.plural, '--field-selector', `${field}=other`, '--output', 'name')).toBe('');
  });
});

describe('the status', () => {
  it('cannot be written with the object, and does not count as a change of it', async () => {
    const status = { conditions: [condition('Ready')] };
    const text = stringify({
      ...(JSON.parse(await kubectl('get', externalSecret.plural, 'orders', '-o', 'json')) as object),
      status: { content: 'k1:x' },
    });
    expect((await access.kubectl(['replace', '-f', '-'], { input: text })).code).toBe(0);
    await report(externalSecret, 'orders', status);
    const stored = JSON.parse(await kubectl('get', externalSecret.plural, 'orders', '-o', 'json')) as {
      readonly metadata: { readonly generation: number };
      readonly status: { readonly content?: string };
    };
    expect(stored.status.content).toBeUndefined();
    expect(stored.metadata.generation).toBe(1);
  });

  it('is refused when it has two conditions of one type', async () => {
    const path = `/apis/${apiVersionOf(externalSecret)}/namespaces/${namespace}/${externalSecret.plural}/orders/status`;
    const body = { status: { conditions: [condition('Ready'), condition('Ready')] } };
    const response = await access.api.send({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
    expect(response.status).toBe(422);
  });
});
