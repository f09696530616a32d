// Writes the kustomize base after a change of the chart. Removes files that the chart does not make now.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUSTOMIZE_BASE, kustomizeBase, kustomizeBaseOnDisk } from './kustomize-base.ts';

const wanted = await kustomizeBase();
for (const name of kustomizeBaseOnDisk().keys()) if (!wanted.has(name)) rmSync(join(KUSTOMIZE_BASE, name));
for (const [name, text] of wanted) writeFileSync(join(KUSTOMIZE_BASE, name), text);
