// One control plane for all cluster test files of a run: Jest's main process starts it, and the test files attach to it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClusterAccess } from './cluster-access.ts';
import type { Coordinates } from './cluster-access.ts';
import { startControlPlane } from './start.ts';
import type { ControlPlane } from './start.ts';

/** Holds the path of a JSON file with the coordinates. Test files inherit it, since Jest starts its workers after the global setup. */
const VARIABLE = 'KEYTENDER_SHARED_CONTROL_PLANE';

const CRDS = fileURLToPath(new URL('../../../crds', import.meta.url));

/** What a test file gets: everything but stopping the API server, which would disturb the others (start one's own for that). */
export type SharedControlPlane = ClusterAccess & AsyncDisposable;

class Attached extends ClusterAccess implements AsyncDisposable {
  [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    return Promise.resolve();
  }
}

/** Starts the control plane as shared ones are: with this project's CRDs and OwnerReferencesPermissionEnforcement. */
export function startStandardControlPlane(): Promise<ControlPlane> {
  return startControlPlane({ crds: [CRDS], admissionPlugins: ['OwnerReferencesPermissionEnforcement'] });
}

/** Starts one and tells this process and its future children where it is. */
export async function publishSharedControlPlane(): Promise<AsyncDisposable> {
  const controlPlane = await startStandardControlPlane();
  const path = join(controlPlane.coordinates.folder, 'coordinates.json');
  writeFileSync(path, JSON.stringify(controlPlane.coordinates), { mode: 0o600 });
  process.env[VARIABLE] = path;
  return {
    [Symbol.asyncDispose]: async () => {
      delete process.env[VARIABLE];
      await controlPlane[Symbol.asyncDispose]();
    },
  };
}

/** Attaches to the run's control plane; starts one for the caller alone when the run has none. Disposing ends only the latter. */
export async function acquireSharedControlPlane(): Promise<SharedControlPlane> {
  const path = process.env[VARIABLE];
  if (path === undefined) return startStandardControlPlane();
  return new Attached(JSON.parse(readFileSync(path, 'utf8')) as Coordinates);
}
