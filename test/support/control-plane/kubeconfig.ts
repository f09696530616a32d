// Writes kubeconfig files. JSON is YAML, so no YAML writer is needed.
import { writeFileSync } from 'node:fs';

export type Credentials = { readonly token: string } | { readonly certPem: string; readonly keyPem: string };

export interface KubeconfigOptions {
  readonly server: string;
  readonly caPem: string;
  readonly user: Credentials;
  /** The namespace that kubectl uses when none is given. */
  readonly namespace?: string;
}

/** Writes a kubeconfig with one context to `path` (only its owner may read it) and returns the path. */
export function writeKubeconfig(path: string, { server, caPem, user, namespace }: KubeconfigOptions): string {
  const credentials =
    'token' in user ? { token: user.token } : { 'client-certificate-data': base64(user.certPem), 'client-key-data': base64(user.keyPem) };
  const name = 'keytender-test';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(caPem) } }],
    users: [{ name, user: credentials }],
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) } }],
    'current-context': name,
  };
  writeFileSync(path, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
  return path;
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
