/** remoteRef.decodingStrategy: decodes text to bytes. Strict, so that text that only looks encoded is not changed. Pure. */
import { fail, type Outcome } from '../../failure/failure.ts';
import type { RemoteRef } from '../../api/schema/external-secret.ts';
import { assertNever } from '../../base/assert-never.ts';
import { ok } from '../../base/result.ts';

export type DecodingStrategy = NonNullable<RemoteRef['decodingStrategy']>;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** RFC 4648 section 5; padding is optional. */
const BASE64URL = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}(?:==)?|[A-Za-z0-9_-]{3}=?)?$/;

export function decode(bytes: Buffer, strategy: DecodingStrategy): Outcome<Buffer> {
  switch (strategy) {
    case 'None':
      return ok(bytes);
    case 'Base64':
      return orInvalid(fromBase64(bytes), 'Base64');
    case 'Base64URL':
      return orInvalid(fromBase64Url(bytes), 'Base64URL');
    case 'Auto':
      return ok(fromBase64(bytes) ?? fromBase64Url(bytes) ?? bytes);
    default:
      return assertNever(strategy);
  }
}

function orInvalid(decoded: Buffer | undefined, encoding: string): Outcome<Buffer> {
  return decoded === undefined ? fail('InvalidEncoding', `the value is not ${encoding}`) : ok(decoded);
}

/** Line breaks are allowed, because `base64` of coreutils writes them. */
function fromBase64(bytes: Buffer): Buffer | undefined {
  const text = bytes.toString('latin1').replaceAll(/[\r\n]/g, '');
  return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
}

function fromBase64Url(bytes: Buffer): Buffer | undefined {
  const text = bytes.toString('latin1').replaceAll(/[\r\n]/g, '');
  return BASE64URL.test(text) ? Buffer.from(text, 'base64url') : undefined;
}
