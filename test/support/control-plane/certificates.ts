// A certificate authority in memory for the test control plane: ECDSA P-256, valid for ten years, without other programs.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bitString, boolean, context, integer, octetString, oid, sequence, set, utcTime, utf8String } from './der.ts';

export interface Subject {
  readonly commonName: string;
  /** Kubernetes reads the organization as the user's group. */
  readonly organization?: string;
}

export interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface CertificateAuthority extends KeyPair {
  /** A certificate that a server shows for these DNS names and IPv4 addresses. */
  issueServer(subject: Subject, names: readonly string[]): KeyPair;
  /** A certificate that a client authenticates with. */
  issueClient(subject: Subject): KeyPair;
}

// RFC 5280 and RFC 5758.
const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

const YEAR_MS = 365 * 24 * 3_600_000;
// A machine's clock may go back a little after a start.
const CLOCK_SLACK_MS = 600_000;

interface Issuer {
  readonly subject: Subject;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Makes a fresh authority. */
export function makeCertificateAuthority(commonName: string): CertificateAuthority {
  const subject: Subject = { commonName };
  const issuer: Issuer = { subject, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
  const extensions = [
    extension(OID.basicConstraints, sequence(boolean(true)), 'critical'),
    extension(OID.keyUsage, bitString(Buffer.of(0b0000_0110), 1), 'critical'), // keyCertSign, cRLSign
  ];
  const issue = (leaf: Subject, leafExtensions: readonly Buffer[]): KeyPair => {
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return { certPem: certificate(leaf, keys.publicKey, leafExtensions, issuer), keyPem: privatePem(keys.privateKey) };
  };
  return {
    certPem: certificate(subject, issuer.publicKey, extensions, issuer),
    keyPem: privatePem(issuer.privateKey),
    issueServer: (leaf, names) =>
      issue(leaf, [...leafExtensions(OID.serverAuth), extension(OID.subjectAltName, sequence(...names.map(generalName)))]),
    issueClient: (leaf) => issue(leaf, leafExtensions(OID.clientAuth)),
  };
}

function leafExtensions(purpose: string): readonly Buffer[] {
  return [
    extension(OID.basicConstraints, sequence(), 'critical'),
    extension(OID.keyUsage, bitString(Buffer.of(0b1000_0000), 7), 'critical'), // digitalSignature
    extension(OID.extendedKeyUsage, sequence(oid(purpose))),
  ];
}

function certificate(subject: Subject, publicKey: KeyObject, extensions: readonly Buffer[], issuer: Issuer): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const now = Date.now();
  const keyIds = [
    extension(OID.subjectKeyIdentifier, octetString(keyId(publicKey))),
    extension(OID.authorityKeyIdentifier, sequence(context(0, keyId(issuer.publicKey), 'primitive'))),
  ];
  const tbs = sequence(
    context(0, integer(Buffer.of(2))), // version 3
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    name(issuer.subject),
    sequence(utcTime(new Date(now - CLOCK_SLACK_MS)), utcTime(new Date(now + 10 * YEAR_MS))),
    name(subject),
    spki(publicKey),
    context(3, sequence(...extensions, ...keyIds)),
  );
  const der = sequence(tbs, algorithm, bitString(sign('sha256', tbs, issuer.privateKey)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function name({ commonName, organization }: Subject): Buffer {
  return sequence(
    ...(organization === undefined ? [] : [attribute(OID.organization, organization)]),
    attribute(OID.commonName, commonName),
  );
}

function attribute(type: string, value: string): Buffer {
  return set(sequence(oid(type), utf8String(value)));
}

function extension(type: string, value: Buffer, critical?: 'critical'): Buffer {
  return sequence(oid(type), ...(critical === undefined ? [] : [boolean(true)]), octetString(value));
}

function generalName(host: string): Buffer {
  return isIPv4(host)
    ? context(7, Buffer.from(host.split('.').map(Number)), 'primitive')
    : context(2, Buffer.from(host, 'ascii'), 'primitive');
}

function keyId(publicKey: KeyObject): Buffer {
  return createHash('sha1').update(spki(publicKey)).digest();
}

function spki(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}

function privatePem(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
