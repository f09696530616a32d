// Verifies AWS Signature Version 4: the content of the Authorization header and its signature.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const MAX_SKEW_MS = 300_000;

export interface Credential {
  readonly accessKeyId: string;
  /** yyyymmdd of the credential scope. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type SignatureProblem = 'mismatch' | 'expired' | 'not-yet-current';

export function parseAuthorization(header: string | undefined): Credential | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request,\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/.exec(
      header ?? '',
    );
  if (!match) return undefined;
  const [, accessKeyId, day, region, service, signedHeaders, signature] = match as unknown as string[];
  return {
    accessKeyId: accessKeyId!,
    day: day!,
    region: region!,
    service: service!,
    signedHeaders: signedHeaders!.split(';'),
    signature: signature!,
  };
}

/** What is wrong with a signature, if anything. The clock may be off by five minutes. */
export function checkSignature(
  request: SignedRequest,
  credential: Credential,
  secretAccessKey: string,
  nowMs: number,
): SignatureProblem | undefined {
  const date = String(request.headers['x-amz-date'] ?? '');
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const signedMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  if (Number.isNaN(signedMs) || !date.startsWith(credential.day)) return 'mismatch';
  if (nowMs - signedMs > MAX_SKEW_MS) return 'expired';
  if (signedMs - nowMs > MAX_SKEW_MS) return 'not-yet-current';
  const expected = Buffer.from(signatureOf(request, credential, secretAccessKey, date));
  return timingSafeEqual(expected, Buffer.from(credential.signature)) ? undefined : 'mismatch';
}

function signatureOf(request: SignedRequest, credential: Credential, secretAccessKey: string, date: string): string {
  const scope = `${credential.day}/${credential.region}/${credential.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonicalRequest(request, credential))].join('\n');
  let key: Buffer | string = `AWS4${secretAccessKey}`;
  for (const part of [credential.day, credential.region, credential.service, 'aws4_request']) {
    key = createHmac('sha256', key).update(part).digest();
  }
  return createHmac('sha256', key).update(toSign).digest('hex');
}

function canonicalRequest({ method, url, headers, body }: SignedRequest, { signedHeaders }: Credential): string {
  const [path = '/', query = ''] = url.split('?');
  const sortedQuery = query.split('&').filter(Boolean).sort().join('&');
  const lines = signedHeaders.map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replaceAll(/ +/g, ' ')}\n`,
  );
  return [method, path, sortedQuery, lines.join(''), signedHeaders.join(';'), sha256(body)].join('\n');
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
