/** The client of one process: requests take time, fail, lose their answers, or are the last thing that the process does. */
import type { KubeObject } from '../../../src/api/object/object.ts';
import type { ResourceType } from '../../../src/api/object/resource-type.ts';
import type { KubeReader, KubeResult, KubeWriter, MetadataReader } from '../../../src/kube/port.ts';
import type { Call, Fault, MemoryApi } from '../fakes/memory-api.ts';
import { refuse } from '../fakes/memory-api.ts';

/** A process that has ended gets no answers. */
const NEVER = new Promise<never>(() => undefined);

export interface FaultyClientOptions {
  readonly api: MemoryApi;
  readonly hasEnded: () => boolean;
  readonly end: () => void;
  /** Asked when the request arrives. */
  readonly fault: (call: Call) => Fault | undefined;
  /** Resolves when the request has arrived. */
  readonly arrival: (call: Call) => Promise<void>;
  /** Changes the body of a write: for mutants. */
  readonly alter?: (type: ResourceType, body: object) => object;
  /** Told of each write of this process that was carried out, with the objects around it. */
  readonly onWrite: (call: Call, before: KubeObject | undefined, after: KubeObject | undefined) => void;
}

export type Client = KubeReader & KubeWriter & MetadataReader;

export function faultyClient(options: FaultyClientOptions): Client {
  const { api, alter = (_type, body) => body } = options;
  const write = <T>(type: ResourceType, call: Call, send: () => Promise<KubeResult<T>>): Promise<KubeResult<T>> =>
    request(options, call, async () => {
      const before = api.find(type, call.namespace, call.name);
      const result = await send();
      if (result.ok && call.dryRun !== true) options.onWrite(call, before, api.find(type, call.namespace, call.name));
      return result;
    });
  return {
    get: (type, name) => request(options, { verb: 'get', kind: type.kind, ...name }, () => api.get(type, name)),
    list: (type, scope) =>
      request(options, { verb: 'list', kind: type.kind, namespace: scope.namespace, name: '' }, () => api.list(type, scope)),
    metadataPage: (type, scope) =>
      request(options, { verb: 'list', kind: type.kind, namespace: scope.namespace, name: '' }, () => api.metadataPage(type, scope)),
    create: <T extends KubeObject>(type: ResourceType, namespace: string, body: object, signal?: AbortSignal, mode?: 'dry-run') => {
      const { name } = (body as KubeObject).metadata;
      const call: Call = { verb: 'create', kind: type.kind, namespace, name, dryRun: mode === 'dry-run' };
      return write<T>(type, call, () => api.create<T>(type, namespace, alter(type, body), signal, mode));
    },
    mergePatch: <T extends KubeObject>(
      type: ResourceType,
      name: { readonly namespace: string; readonly name: string },
      body: object,
      signal?: AbortSignal,
      subresource?: 'status',
    ) =>
      write<T>(type, { verb: 'patch', kind: type.kind, ...name, subresource }, () =>
        api.mergePatch<T>(type, name, alter(type, body), signal, subresource),
      ),
    delete: (type, name, preconditions) =>
      write(type, { verb: 'delete', kind: type.kind, ...name }, () => api.delete(type, name, preconditions)),
  };
}

async function request<T>(options: FaultyClientOptions, call: Call, send: () => Promise<KubeResult<T>>): Promise<KubeResult<T>> {
  const { hasEnded, end, fault, arrival } = options;
  if (hasEnded()) return await NEVER;
  await arrival(call);
  if (hasEnded()) return await NEVER;
  const found = fault(call);
  if (found === 'crash-before') {
    end();
    return await NEVER;
  }
  if (found !== undefined && found !== 'lost' && found !== 'crash-after') return refuse(found);
  const result = await send();
  if (found === 'crash-after') end();
  if (hasEnded()) return await NEVER;
  return found === 'lost' ? refuse('unavailable') : result;
}
