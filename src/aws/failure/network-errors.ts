/** Groups the error codes of Node for network errors, so that a failure stays the same during an outage. */
import type { FailureFacts } from '../../failure/failure-facts.ts';

const NAME_CODES: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME']);
const CERTIFICATE_CODE = /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH|INVALID_CA)|_CERT/;
const CONNECTION_CODE = /^(E[A-Z]+|HPE_[A-Z_]+|ERR_PROXY_[A-Z_]+|ERR_SOCKET_[A-Z_]+|ERR_STREAM_PREMATURE_CLOSE)$/;

/**
 * An unknown host name and an untrusted certificate need a person. All other codes count as one: an outage gives many codes in turn, and
 * each new message would be written to every resource.
 */
export function networkFact(code: string | undefined): FailureFacts['network'] {
  if (code === undefined) return undefined;
  if (NAME_CODES.has(code)) return 'name';
  return CERTIFICATE_CODE.test(code) ? 'certificate' : undefined;
}

export function isNetworkError(code: string | undefined): boolean {
  return code !== undefined && (networkFact(code) !== undefined || CONNECTION_CODE.test(code));
}
