// Writes the kustomize base again after the chart has changed. A file that the chart no longer makes is removed.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUSTOMIZE_BASE, kustomizeBase, kustomizeBaseOnDisk } from './kustomize-base.ts';

const wanted = await kustomizeBase();
for (const name of kustomizeBaseOnDisk().keys()) if (!wanted.has(name)) rmSync(join(KUSTOMIZE_BASE, name));
for (const [name, text] of wanted) writeFileSync(join(KUSTOMIZE_BASE, name), text);
