/** The installation's digest key: a Secret in the operator's namespace, created by POST so that two starting operators agree on one. */
import { randomBytes } from 'node:crypto';
import { builtin } from '../api/object/builtin-types.ts';
import { installation } from '../api/installation.ts';
import { valueIn, type SecretObject } from '../api/object/object.ts';
import { type Clock, ms, systemClock } from '../base/time/clock.ts';
import type { DigestKey } from '../base/digest.ts';
import { failed, ok } from '../base/result.ts';
import type { KubeReader, KubeResult, KubeWriter } from '../kube/port.ts';

/** HMAC-SHA-256 accepts keys of any length. A key shorter than the output is weaker (RFC 2104 section 3). */
const KEY_BYTES = 32;
const RETRY = ms(2_000);

/** Tries until it succeeds: the operator can do nothing without the key. Calls `onFailure` for each failed try. */
export async function ensureDigestKey(
  client: KubeReader & KubeWriter,
  namespace: string,
  onFailure: (message: string) => void,
  signal: AbortSignal,
  clock: Pick<Clock, 'sleep'> = systemClock,
): Promise<DigestKey> {
  for (;;) {
    const key = await loadOrCreate(client, namespace, signal);
    if (key.ok) return key.value;
    onFailure(key.failure.message);
    await clock.sleep(RETRY, signal);
  }
}

async function loadOrCreate(client: KubeReader & KubeWriter, namespace: string, signal: AbortSignal): Promise<KubeResult<DigestKey>> {
  const existing = await load(client, namespace, signal);
  if (existing.ok || existing.failure.kind !== 'not-found') return existing;
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: installation.digestKeySecret, namespace },
    type: 'Opaque',
    immutable: true,
    data: {
      id: Buffer.from(randomBytes(4).toString('hex')).toString('base64'),
      key: randomBytes(KEY_BYTES).toString('base64'),
    },
  };
  const created = await client.create<SecretObject>(builtin.secret, namespace, body, signal);
  if (created.ok) return parse(created.value);
  return created.failure.kind === 'already-exists' ? load(client, namespace, signal) : created;
}

async function load(client: KubeReader, namespace: string, signal: AbortSignal): Promise<KubeResult<DigestKey>> {
  const secret = await client.get<SecretObject>(builtin.secret, { namespace, name: installation.digestKeySecret }, signal);
  return secret.ok ? parse(secret.value) : secret;
}

function parse(secret: SecretObject): KubeResult<DigestKey> {
  const id = Buffer.from(valueIn(secret.data, 'id') ?? '', 'base64').toString('latin1');
  const bytes = Buffer.from(valueIn(secret.data, 'key') ?? '', 'base64');
  if (/^[a-z0-9]{1,32}$/.test(id) && bytes.byteLength >= KEY_BYTES) return ok({ id, bytes });
  return failed({
    kind: 'invalid',
    status: 0,
    message: `Secret ${installation.digestKeySecret} holds no digest key: delete it, a new one is made`,
  });
}
