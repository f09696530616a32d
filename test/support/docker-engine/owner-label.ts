// Marks containers with their owner process, so that containers of a killed test run can be found and removed. A separate engine ends with
// its run; this is for an existing engine.
import { engineClient } from './engine.ts';
import { identifySelf, isAlive, type ProcessIdentity } from '../processes/process-identity.ts';

const LABEL = 'dev.keytender.test-owner';

/** The label of containers of this process, or of another one. */
export function ownerLabel(owner: ProcessIdentity = identifySelf()): Readonly<Record<string, string>> {
  return { [LABEL]: JSON.stringify(owner) };
}

/** Removes the containers of owners that have died. */
export async function removeOrphans(): Promise<void> {
  const { dockerode } = (await engineClient()).container;
  const containers = await dockerode.listContainers({ all: true, filters: { label: [LABEL] } });
  const orphans = containers.filter(({ Labels }) => !isAlive(JSON.parse(Labels[LABEL] ?? '') as ProcessIdentity));
  await Promise.all(orphans.map(({ Id }) => dockerode.getContainer(Id).remove({ force: true })));
}
