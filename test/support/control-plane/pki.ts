// Makes the keys and certificates of one control plane and writes the files for its processes.
import { generateKeyPair, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCertificateAuthority } from './certificates.ts';
import type { CertificateAuthority, KeyPair } from './certificates.ts';

export interface PublicKeyInfrastructure {
  /** The folder of the files: ca.crt, apiserver.{crt,key}, kubelet-client.{crt,key}, sa.{pub,key}, tokens.csv. */
  readonly folder: string;
  readonly authority: CertificateAuthority;
  readonly admin: KeyPair;
  readonly controllerManager: KeyPair;
  /** A static bearer token of a user in system:masters. */
  readonly adminToken: string;
  readonly serviceAccountPublicKeyPem: string;
}

/** What an API server is called by its clients, inside pods too. */
const SERVER_NAMES = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  '127.0.0.1',
  '10.96.0.1',
];

/** Makes everything fresh; `folder` is created. */
export async function makePki(folder: string): Promise<PublicKeyInfrastructure> {
  mkdirSync(folder, { mode: 0o700 });
  const write = (name: string, content: string): void => writeFileSync(join(folder, name), content, { mode: 0o600 });
  const authority = makeCertificateAuthority('keytender-test-ca');
  const server = authority.issueServer({ commonName: 'kube-apiserver' }, SERVER_NAMES);
  // RSA as in real clusters, where token verifiers expect RS256.
  const serviceAccounts = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const serviceAccountPublicKeyPem = serviceAccounts.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  // What the API server shows to kubelets, for logs and exec; kubelets authorize it by asking the API server.
  const kubeletClient = authority.issueClient({ commonName: 'kube-apiserver-kubelet-client', organization: 'system:masters' });
  const adminToken = randomBytes(24).toString('hex');
  write('ca.crt', authority.certPem);
  write('apiserver.crt', server.certPem);
  write('apiserver.key', server.keyPem);
  write('kubelet-client.crt', kubeletClient.certPem);
  write('kubelet-client.key', kubeletClient.keyPem);
  write('sa.pub', serviceAccountPublicKeyPem);
  write('sa.key', serviceAccounts.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  write('tokens.csv', `${adminToken},test-admin,test-admin,"system:masters"\n`);
  return {
    folder,
    authority,
    admin: authority.issueClient({ commonName: 'admin', organization: 'system:masters' }),
    controllerManager: authority.issueClient({ commonName: 'system:kube-controller-manager', organization: 'system:masters' }),
    adminToken,
    serviceAccountPublicKeyPem,
  };
}
