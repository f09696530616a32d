/** One Lease with the API server's rules for versions, in memory, with delays by a clock and failures on request. */
import { type Clock, ms } from '../../../src/base/time/clock.ts';
import { failed, ok } from '../../../src/base/result.ts';
import type { LeaseObject } from '../../../src/kube/leader-election/lease.ts';
import type { LeaseIdentity } from '../../../src/kube/leader-election/lease-holder.ts';
import type { KubeFailure, KubeResult } from '../../../src/kube/port.ts';

export type Fault = 'none' | 'refused' | 'lost answer' | 'hang';

export class LeaseApi {
  lease: LeaseObject | undefined;
  readonly writes: string[] = [];
  #version = 0;

  /** A client whose requests take `delay` each way and meet what `fault` says. */
  client(clock: Clock, delay: () => number = () => 0, fault: () => Fault = () => 'none'): LeaseIdentity['client'] {
    const exchange = async (signal: AbortSignal, act: () => KubeResult<LeaseObject>): Promise<KubeResult<never>> => {
      const met = fault();
      await clock.sleep(ms(delay()), signal);
      if (met === 'refused') return failed(failureOf('unavailable'));
      const answer = met === 'hang' ? undefined : act();
      if (met === 'hang' || met === 'lost answer') await clock.sleep(ms(1e9), signal);
      await clock.sleep(ms(delay()), signal);
      return answer as KubeResult<never>;
    };
    return {
      get: (_type, _name, signal) => exchange(signal, () => (this.lease === undefined ? failed(failureOf('not-found')) : ok(this.lease))),
      create: (_type, _namespace, body, signal) => exchange(signal, () => this.#create(body)),
      mergePatch: (_type, _name, body, signal) => exchange(signal, () => this.#patch(body)),
    };
  }

  #create(body: Partial<LeaseObject>): KubeResult<LeaseObject> {
    if (this.lease !== undefined) return failed(failureOf('already-exists'));
    return this.#store('uid', body.spec, body.metadata?.annotations);
  }

  #patch(body: Partial<LeaseObject>): KubeResult<LeaseObject> {
    if (this.lease === undefined) return failed(failureOf('not-found'));
    if (body.metadata?.resourceVersion !== this.lease.metadata.resourceVersion) return failed(failureOf('conflict'));
    return this.#store(
      this.lease.metadata.uid,
      { ...this.lease.spec, ...body.spec },
      {
        ...this.lease.metadata.annotations,
        ...body.metadata?.annotations,
      },
    );
  }

  #store(uid: string, spec: LeaseObject['spec'], annotations: LeaseObject['metadata']['annotations'] = {}): KubeResult<LeaseObject> {
    this.#version += 1;
    this.writes.push(spec?.holderIdentity ?? '');
    this.lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: 'keytender',
        namespace: 'ops',
        uid,
        resourceVersion: String(this.#version),
        annotations,
        creationTimestamp: '2026-01-01T00:00:00Z',
      },
      spec: spec ?? {},
    };
    return ok(this.lease);
  }
}

function failureOf(kind: KubeFailure['kind']): KubeFailure {
  return { kind, status: 0, message: kind };
}
