/** Codes of Node for what goes wrong on the way to a server, in words that stay the same while the trouble lasts. */

const NAME_CODES: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME']);
const CERTIFICATE_CODE = /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH|INVALID_CA)|_CERT/;
const CONNECTION_CODE = /^(E[A-Z]+|HPE_[A-Z_]+|ERR_PROXY_[A-Z_]+|ERR_SOCKET_[A-Z_]+|ERR_STREAM_PREMATURE_CLOSE)$/;

/**
 * What to append to a message for the code of a network error: a name that does not resolve and a certificate that is not trusted need a
 * person, all else is one and the same (an outage shows as many codes in turn, and each other message would be written to every resource).
 * Undefined when the code is none of the network's.
 */
export function networkProblem(code: string | undefined): string | undefined {
  if (code === undefined) return undefined;
  if (NAME_CODES.has(code)) return ': its name does not resolve';
  if (CERTIFICATE_CODE.test(code)) return ': its certificate is not trusted';
  return CONNECTION_CODE.test(code) ? '' : undefined;
}
