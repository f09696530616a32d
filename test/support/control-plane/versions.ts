// The versions of the test control plane. Only the go.mod files in this folder pin them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface PinnedVersions {
  /** All with a leading "v". */
  readonly kubernetes: string;
  readonly etcd: string;
  readonly helm: string;
}

/** The folder of a Go module of this folder. */
export function moduleFolder(name: 'kubernetes' | 'etcd' | 'helm'): string {
  return fileURLToPath(new URL(`modules/${name}`, import.meta.url));
}

/** Reads the pins. Throws when a go.mod does not require what it is there for. */
export function pinnedVersions(): PinnedVersions {
  return {
    kubernetes: requiredVersion('kubernetes', 'k8s.io/kubernetes'),
    etcd: requiredVersion('etcd', 'go.etcd.io/etcd/server/v3'),
    helm: requiredVersion('helm', 'helm.sh/helm/v3'),
  };
}

/** "v1.34.4" gives "1.34". */
export function minorOf(version: string): string {
  const match = /^v?(\d+\.\d+)\./.exec(version);
  if (match?.[1] === undefined) throw new Error(`not a version: ${version}`);
  return match[1];
}

function requiredVersion(module: 'kubernetes' | 'etcd' | 'helm', path: string): string {
  const lines = readFileSync(`${moduleFolder(module)}/go.mod`, 'utf8').split('\n');
  const words = lines
    .map((line) =>
      line
        .trim()
        .replace(/^require\s+/, '')
        .split(/\s+/),
    )
    .find(([name]) => name === path);
  if (words?.[1] === undefined) throw new Error(`${module}/go.mod does not require ${path}`);
  return words[1];
}
