import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { messageFor } from '../../../../src/messages/message.ts';
import { tenantOf } from '../../../../src/messages/reader.ts';
import { failureOf as failureForPeople } from '../../../../src/kube/failure-of.ts';
import { failureOfNetwork, failureOfStatus, isClosedSocket } from '../../../../src/kube/rest/errors.ts';
import type { KubeFailure } from '../../../../src/kube/port.ts';
import { describeRequest, type KubeRequest } from '../../../../src/kube/rest/request.ts';
import { readStatus } from '../../../../src/kube/rest/status.ts';
import { status } from '../loopback-api.ts';

const patch: KubeRequest = { verb: 'patch', type: builtin.secret, namespace: 'team-a', name: 'db', body: {} };
const create: KubeRequest = { verb: 'create', type: builtin.secret, namespace: 'team-a', body: { metadata: { name: 'db' } } };
const read: KubeRequest = { verb: 'get', type: builtin.secret, namespace: 'team-a', name: 'db' };

function failureOf(request: KubeRequest, code: number, body: unknown): KubeFailure {
  return failureOfStatus(request, readStatus(body, code));
}

const notAllowed =
  'secrets "db" is forbidden: User "system:serviceaccount:a:b" cannot patch resource "secrets" in API group "" in the namespace "team-a"';
const terminating = { causes: [{ reason: 'NamespaceTerminating', message: 'm', field: 'metadata.namespace' }] };

describe('refusals that quote what a tenant has sent', () => {
  // The wording of ValidatingAdmissionPolicy, again and again, as a key of a label may hold it.
  const quoted = "ValidatingAdmissionPolicy 'a' with binding 'b' ".repeat(5_000);
  const refusal = status(422, 'Invalid', `Secret "db" is invalid: metadata.labels: Invalid value: "${quoted}"`, {
    causes: Array.from({ length: 500 }, () => ({ reason: 'FieldValueInvalid', message: quoted, field: `metadata.labels${quoted}` })),
  });

  it('are classified by their beginning, and nothing of them is kept', () => {
    const read = readStatus(refusal, 422);
    expect(JSON.stringify(read).length).toBeLessThan(64 * 1024);
    const failure = failureOf(create, 422, refusal);
    expect(failure.kind).toBe('invalid');
    expect(failure.message.length).toBeLessThan(300);
  });
});

describe('failures of the API server', () => {
  // Wordings as Kubernetes 1.34 gives them.
  const table: readonly [string, KubeRequest, number, unknown, KubeFailure['kind'], string][] = [
    ['missing object', read, 404, status(404, 'NotFound'), 'not-found', 'it does not exist'],
    [
      'missing namespace',
      create,
      404,
      status(404, 'NotFound', 'namespaces "team-a" not found'),
      'not-found',
      'the namespace does not exist',
    ],
    ['missing type', read, 404, undefined, 'not-found', 'the API server does not serve secrets v1'],
    ['name taken', create, 409, status(409, 'AlreadyExists'), 'already-exists', 'an object of this name exists already'],
    ['stale version', patch, 409, status(409, 'Conflict'), 'conflict', 'the object has changed since it was read'],
    [
      'wrong token',
      read,
      401,
      status(401, 'Unauthorized'),
      'unauthorized',
      'the API server does not accept the credentials of the operator',
    ],
    [
      'RBAC',
      patch,
      403,
      status(403, 'Forbidden', notAllowed),
      'forbidden',
      'the operator needs the permission "patch" on "secrets" in namespace team-a',
    ],
    [
      'a proxy that forbids',
      patch,
      403,
      undefined,
      'forbidden',
      'the operator needs the permission "patch" on "secrets" in namespace team-a',
    ],
    [
      'owner finalizers',
      create,
      403,
      status(
        403,
        'Forbidden',
        'secrets "db" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can\'t set finalizers on: , <nil>',
      ),
      'forbidden',
      'the operator needs the permission "update" on the "finalizers" subresource of the owner',
    ],
    [
      'quota',
      create,
      403,
      status(
        403,
        'Forbidden',
        'secrets "db" is forbidden: exceeded quota: few-secrets, requested: count/secrets=1, used: count/secrets=5, limited: count/secrets=5',
      ),
      'quota',
      'the quota few-secrets of the namespace is used up',
    ],
    [
      'namespace on its way out',
      create,
      403,
      status(403, 'Forbidden', 'm', terminating),
      'namespace-terminating',
      'the namespace is being deleted',
    ],
    [
      'webhook, with the code it chose',
      patch,
      400,
      status(400, 'BadRequest', 'admission webhook "check.policies.example" denied the request: CANARY'),
      'admission-denied',
      'denied by the admission webhook check.policies.example',
    ],
    [
      'policy',
      patch,
      422,
      status(
        422,
        'Invalid',
        "secrets \"db\" is forbidden: ValidatingAdmissionPolicy 'no-writes' with binding 'all' denied request: CANARY",
      ),
      'admission-denied',
      'denied by the ValidatingAdmissionPolicy no-writes',
    ],
    [
      'admission plugin',
      patch,
      403,
      status(403, 'Forbidden', 'secrets "db" is forbidden: CANARY'),
      'admission-denied',
      'denied by an admission plugin of the API server',
    ],
    [
      'webhook that is down',
      patch,
      500,
      status(500, 'InternalError', 'Internal error occurred: failed calling webhook "check.policies.example": CANARY'),
      'unavailable',
      'the admission webhook check.policies.example could not be called',
    ],
    ['expired list', read, 410, status(410, 'Expired'), 'expired', 'the resource version is no longer known to the API server'],
    ['too large', patch, 413, status(413, 'RequestEntityTooLarge'), 'too-large', 'the object is too large for the API server'],
    ['too large, from a proxy', patch, 413, undefined, 'too-large', 'the object is too large for the API server'],
    [
      'too large for etcd',
      patch,
      500,
      status(500, 'InternalError', 'etcdserver: request is too large'),
      'too-large',
      'the object is too large for the API server',
    ],
    ['too many calls', read, 429, status(429, 'TooManyRequests'), 'throttled', 'the API server limits the rate of calls'],
    ['broken gateway', read, 502, undefined, 'unavailable', 'the API server answered with status 502'],
    ['redirect', read, 302, undefined, 'unavailable', 'the API server answered with status 302'],
    ['bad request', patch, 400, status(400, 'BadRequest', 'CANARY'), 'invalid', 'refused as invalid (status 400)'],
  ];

  it.each(table)('%s', (_case, request, code, body, kind, text) => {
    const failure = failureOf(request, code, body);
    expect(failure).toMatchObject({ kind, status: code, message: `${request.verb} Secret team-a/db: ${text}` });
    expect(JSON.stringify(failure)).not.toContain('CANARY');
  });

  it('says of an object that is too large what to do, and not that a field is wrong', () => {
    const message = messageFor(failureForPeople(failureOf(patch, 413, status(413, 'RequestEntityTooLarge'))), tenantOf('team-a'));
    expect(message).toBe(
      'patch Secret team-a/db: the object is too large for the API server; use fewer or smaller values, or split them over several ExternalSecrets',
    );
  });

  it('names the invalid fields, few of them, cut and cleaned, and never their values', () => {
    const fields = ['spec.a', 'spec.a', 'data[x\ny]', '', 'f'.repeat(500), 'spec.b', 'spec.c', 'spec.d'];
    const causes = fields.map((field) => ({ reason: 'FieldValueInvalid', message: 'CANARY', field }));
    const { message, kind } = failureOf(patch, 422, status(422, 'Invalid', 'CANARY', { causes }));
    expect(kind).toBe('invalid');
    expect(message).toBe(`patch Secret team-a/db: refused as invalid: spec.a, data[x?y], ${'f'.repeat(128)}, spec.b, spec.c and 1 more`);
  });

  it.each([null, 7, 'text', [], { details: 7 }, { details: { causes: 'x' } }, { details: { causes: [null, 7] } }])(
    'survives the answer %j',
    (body) => {
      expect(failureOf(patch, 422, body)).toMatchObject({ kind: 'invalid', status: 422 });
    },
  );
});

describe('failures of the network', () => {
  it('tells the code of the error or of its cause, and no message', () => {
    const cause = Object.assign(new Error('CANARY'), { code: 'ECONNREFUSED' });
    expect(failureOfNetwork(read, new TypeError('CANARY', { cause }))).toMatchObject({
      kind: 'unavailable',
      status: 0,
      message: 'get Secret team-a/db: the API server did not answer (ECONNREFUSED)',
    });
    expect(failureOfNetwork(read, Object.assign(new Error('m'), { code: 'a text with CANARY' })).message).not.toContain('CANARY');
  });

  it('knows closed sockets', () => {
    expect(isClosedSocket(Object.assign(new Error('m'), { code: 'UND_ERR_SOCKET' }))).toBe(true);
    expect(isClosedSocket(Object.assign(new Error('m'), { code: 'ECONNREFUSED' }))).toBe(false);
    expect(isClosedSocket('ECONNRESET')).toBe(false);
  });
});

describe('requests in words', () => {
  it.each([
    [{ verb: 'list', type: keytender.kinds.externalSecret, namespace: '' }, 'list externalsecrets.keytender.dev in all namespaces'],
    [{ verb: 'list', type: builtin.secret, namespace: 'a' }, 'list secrets in namespace a'],
    [{ verb: 'list', type: builtin.namespace, namespace: '' }, 'list namespaces'],
    [{ verb: 'get', type: builtin.namespace, namespace: '', name: 'a' }, 'get Namespace a'],
    [
      { verb: 'patch', type: keytender.kinds.externalSecret, namespace: 'a', name: 'b', subresource: 'status' },
      'patch status of ExternalSecret a/b',
    ],
  ] as const)('%j', (request, words) => {
    expect(describeRequest(request)).toBe(words);
  });
});
