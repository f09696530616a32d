// Files and folders of one node.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

export interface NodeLayout {
  readonly folder: string;
  /** Logs of the node's own processes. */
  readonly logs: string;
  readonly config: string;
  /** In memory and seen only inside the node: images, containers, volumes, logs of pods. */
  readonly state: string;
}

/** Makes the folders. */
export function makeNodeLayout(folder: string): NodeLayout {
  const layout = { folder, logs: join(folder, 'logs'), config: join(folder, 'config'), state: join(folder, 'state') };
  for (const path of [layout.logs, layout.config, layout.state]) mkdirSync(path);
  return layout;
}
