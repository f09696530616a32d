// The machine of the measurements.
import { cpus, release, totalmem, type } from 'node:os';
import { pinnedVersions } from '../test/support/control-plane/versions.ts';

export function describeMachine(): string {
  const all = cpus();
  const model = all[0]?.model.replaceAll(/\s+/g, ' ').trim() ?? 'unknown';
  const memory = Math.round(totalmem() / 1024 ** 3);
  const { kubernetes, etcd } = pinnedVersions();
  return `${all.length} × ${model}, ${memory} GiB, ${type()} ${release()}; Node ${process.versions.node}, Kubernetes ${kubernetes}, etcd ${etcd} (in memory)`;
}
