// The AWS side of the demo: an account with three secrets, and the role that the ServiceAccount `orders` may assume by its token (IRSA).
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startAwsEmulator } from '../support/aws/emulator.ts';
import type { AwsEmulator } from '../support/aws/emulator-surface.ts';
import { makeCertificateAuthority } from '../support/control-plane/certificates.ts';

const DATABASE = 'production/database/orders';
const PAYMENT = 'production/payment/api-key';
const TLS = 'production/tls/orders';
const SECRETS = [DATABASE, PAYMENT, TLS] as const;

const READ_PREFIX = readFileSync(fileURLToPath(new URL('../../deploy/aws/iam-policies/read-prefix.json', import.meta.url)), 'utf8');

/** What somebody may add to a role in good faith: `production/database/*` is for the database team only. */
const DENY_DATABASES = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Deny', Action: 'secretsmanager:GetSecretValue', Resource: 'arn:aws:secretsmanager:*:*:secret:production/database/*' },
  ],
};

export interface TokenIssuer {
  readonly issuer: string;
  readonly publicKeyPem: string;
}

export class Cloud implements AsyncDisposable {
  readonly emulator: AwsEmulator;
  #issuer = '';

  constructor(emulator: AwsEmulator) {
    this.emulator = emulator;
  }

  /** Makes the tokens of a cluster's ServiceAccounts good for the role. */
  trust({ issuer, publicKeyPem }: TokenIssuer): void {
    this.#issuer = issuer;
    this.emulator.addOidcProvider({ issuer, keys: publicKeyPem });
    this.allowDatabases();
  }

  createSecrets(): readonly string[] {
    const { certPem, keyPem } = makeCertificateAuthority('Demo CA').issueServer({ commonName: 'orders' }, ['orders.example.com']);
    const secrets = this.emulator.secrets();
    secrets.create(DATABASE, JSON.stringify(connection()));
    secrets.create(PAYMENT, paymentKey());
    secrets.create(TLS, JSON.stringify({ certificate: certPem, key: keyPem }));
    return SECRETS;
  }

  /** A new password; everything else stays. Returns the new version id. */
  rotatePassword(): string {
    return this.emulator.secrets().put(DATABASE, JSON.stringify({ ...this.database(), password: password() })).versionId;
  }

  rotatePaymentKey(): void {
    this.emulator.secrets().put(PAYMENT, paymentKey());
  }

  /** How often each secret was read so far, alone or in a batch. */
  reads(): readonly number[] {
    const { calls } = this.emulator;
    return SECRETS.map((name) => calls.count('GetSecretValue', name) + calls.count('BatchGetSecretValue', name));
  }

  /** The current properties of the database secret. */
  database(): Readonly<Record<string, string>> {
    return JSON.parse(this.emulator.secrets().value(DATABASE).toString()) as Record<string, string>;
  }

  paymentKey(): string {
    return this.emulator.secrets().value(PAYMENT).toString();
  }

  allowDatabases(): void {
    this.#setRole(READ_PREFIX);
  }

  denyDatabases(): void {
    this.#setRole(READ_PREFIX, DENY_DATABASES);
  }

  #setRole(...policies: readonly (string | object)[]): void {
    this.emulator.addRole({
      account: this.emulator.defaultAccount,
      name: 'orders-secrets',
      trust: { webIdentity: { issuer: this.#issuer, subjects: ['system:serviceaccount:orders:orders'] } },
      policies,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.emulator[Symbol.asyncDispose]();
  }
}

export async function startCloud(): Promise<Cloud> {
  return new Cloud(await startAwsEmulator({ verifySignatures: true, enforceIam: true, verifyWebIdentity: true }));
}

function connection(): Readonly<Record<string, string>> {
  return {
    username: 'orders',
    password: password(),
    host: 'orders.cluster-example.eu-central-1.rds.amazonaws.com',
    port: '5432',
    dbname: 'orders',
  };
}

function paymentKey(): string {
  return `pk_${randomBytes(20).toString('hex')}`;
}

function password(): string {
  return randomBytes(18).toString('base64url');
}

const FINGERPRINT_KEY = randomBytes(32);

/** Tells equal values from different ones without showing them: 32 bits under a key that this process forgets. */
export function fingerprint(value: string): string {
  return createHmac('sha256', FINGERPRINT_KEY).update(value).digest('hex').slice(0, 8);
}
