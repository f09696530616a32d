/** Reader, writer and token requester over the transport: raw JSON in both directions, always live. */
import { builtin } from '../api/object/builtin-types.ts';
import type { ResourceType } from '../api/object/resource-type.ts';
import { fail, type Outcome } from '../failure/failure.ts';
import type { KubeObject } from '../api/object/object.ts';
import type { ObjectName } from '../base/key.ts';
import { failed, ok } from '../base/result.ts';
import { failureOf } from './failure-of.ts';
import { listPages } from './list-watch/list-pages.ts';
import { metadataPage } from './list-watch/metadata-page.ts';
import type { KubeFailure, KubeReader, KubeResult, KubeWriter, MetadataReader, ServiceAccountToken, TokenRequester } from './port.ts';
import { member } from './rest/status.ts';
import type { KubeTransport } from './rest/transport.ts';

export type KubeClient = KubeReader & MetadataReader & KubeWriter & TokenRequester;

/** `fieldManager`: the manager of the writes of this client in managedFields. */
export function createKubeClient(transport: KubeTransport, fieldManager: string): KubeClient {
  return { ...createReader(transport), ...createWriter(transport, fieldManager), ...createTokenRequester(transport) };
}

function createReader(transport: KubeTransport): KubeReader & MetadataReader {
  return {
    metadataPage: (type, scope, signal) => metadataPage(transport, type, scope, signal),
    async get<T extends KubeObject>(type: ResourceType, { namespace, name }: ObjectName, signal: AbortSignal): Promise<KubeResult<T>> {
      return (await transport.call({ verb: 'get', type, namespace, name }, signal)) as KubeResult<T>;
    },
    async list<T extends KubeObject>(
      type: ResourceType,
      scope: { readonly namespace: string; readonly labelSelector?: string },
      signal: AbortSignal,
    ): Promise<KubeResult<readonly T[]>> {
      const listed = await listPages(transport, { type, ...scope }, (object) => [object as T], signal);
      return listed.ok ? ok(listed.value.objects) : listed;
    },
  };
}

function createWriter(transport: KubeTransport, fieldManager: string): KubeWriter {
  const query = { fieldManager };
  return {
    async create<T extends KubeObject>(
      type: ResourceType,
      namespace: string,
      body: object,
      signal: AbortSignal,
      mode?: 'dry-run',
    ): Promise<KubeResult<T>> {
      const how = mode === undefined ? query : { ...query, dryRun: 'All' };
      return (await transport.call({ verb: 'create', type, namespace, body, query: how }, signal)) as KubeResult<T>;
    },
    async mergePatch<T extends KubeObject>(
      type: ResourceType,
      { namespace, name }: ObjectName,
      body: object,
      signal: AbortSignal,
      subresource?: 'status',
    ): Promise<KubeResult<T>> {
      const target = { verb: 'patch', type, namespace, name, body, query } as const;
      return (await transport.call(subresource === undefined ? target : { ...target, subresource }, signal)) as KubeResult<T>;
    },
    async delete(type, { namespace, name }, preconditions, signal) {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: 'Background' };
      const deleted = await transport.call({ verb: 'delete', type, namespace, name, body }, signal);
      return deleted.ok ? ok(undefined) : deleted;
    },
  };
}

function createTokenRequester(transport: KubeTransport): TokenRequester {
  return {
    async createToken({ namespace, name }, audiences, expirationSeconds, signal) {
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences, expirationSeconds } };
      const request = { verb: 'create', type: builtin.serviceAccount, namespace, name, subresource: 'token', body } as const;
      const answer = await transport.call(request, signal);
      return answer.ok ? readToken(answer.value) : tokenFailure(answer.failure);
    },
  };
}

function readToken(answer: unknown): Outcome<ServiceAccountToken> {
  const status = member(answer, 'status');
  const token = member(status, 'token');
  const expiresAt = Date.parse(String(member(status, 'expirationTimestamp')));
  if (typeof token !== 'string' || Number.isNaN(expiresAt)) {
    return fail('KubernetesUnavailable', 'the API server answered a TokenRequest without a token');
  }
  return ok({ token, expiresAt });
}

/** A missing ServiceAccount is a problem of the store that names it. Any other failure keeps its usual meaning. */
function tokenFailure(refused: KubeFailure): Outcome<never> {
  return refused.kind === 'not-found' ? fail('CredentialsMissing', refused.message) : failed(failureOf(refused));
}
