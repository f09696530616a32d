// Makes the kustomize base from the chart: its templates with the default values, without the parts for Helm.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { tryRenderChart } from '../../support/chart.ts';

export const KUSTOMIZE_BASE = fileURLToPath(new URL('../../../deploy/kustomize/base', import.meta.url));
/** Written by hand: the chart has no counterpart for them. */
export const BY_HAND = ['kustomization.yaml', 'namespace.yaml'];
const NOTICE =
  "# Made from the chart's default values by `node_modules/.bin/node test/cluster/chart/write-kustomize-base.ts`; do not edit.\n";
const HELM_ONLY = /^\s+(app\.kubernetes\.io\/managed-by|helm\.sh\/chart): .*\n/gm;

/** File name to text, for every file that is not written by hand. */
export async function kustomizeBase(): Promise<ReadonlyMap<string, string>> {
  const { code, stdout, stderr } = await tryRenderChart({ crds: { install: false } });
  if (code !== 0) throw new Error(`helm template: ${stderr}`);
  const files = new Map<string, string[]>();
  for (const document of stdout.split(/^---\n/m).filter((text) => text.trim() !== '')) {
    const [, file = '', body = ''] = /^# Source: keytender\/templates\/(\S+)\n([^]*)$/.exec(document) ?? [];
    if (file === '') throw new Error(`helm template gave a document without its source:\n${document}`);
    files.set(file, [...(files.get(file) ?? []), body.replace(HELM_ONLY, '')]);
  }
  const style = await resolveConfig(KUSTOMIZE_BASE);
  const formatted = [...files].map(
    async ([file, documents]) => [file, await format(NOTICE + documents.join('---\n'), { ...style, parser: 'yaml' })] as const,
  );
  return new Map(await Promise.all(formatted));
}

/** What is there, in the same form. */
export function kustomizeBaseOnDisk(): ReadonlyMap<string, string> {
  const files = readdirSync(KUSTOMIZE_BASE).filter((name) => !BY_HAND.includes(name));
  return new Map(files.map((name) => [name, readFileSync(join(KUSTOMIZE_BASE, name), 'utf8')]));
}
