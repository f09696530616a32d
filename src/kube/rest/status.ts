/** Reads a metav1.Status. Its form is checked, because a proxy or a broken webhook may respond instead of the API server. */

export interface ServerStatus {
  readonly code: number;
  readonly reason: string;
  /** The first 4 KiB, only for classification. It may quote the request, so it is neither shown nor kept. */
  readonly message: string;
  readonly causes: readonly { readonly reason: string; readonly field: string }[];
  readonly retryAfterSeconds: number | undefined;
  /** False if the response is not a metav1.Status. */
  readonly genuine: boolean;
}

/**
 * A refusal quotes the request, which may contain a megabyte of text of a tenant. The text of the API server, which classifies the refusal, is at the
 * beginning: the names before it have at most 253 characters.
 */
const MAX_MESSAGE = 4_096;
const MAX_REASON = 128;
const MAX_FIELD = 256;
const MAX_CAUSES = 64;

export function readStatus(body: unknown, httpStatus: number): ServerStatus {
  const details = member(body, 'details');
  const causes = member(details, 'causes');
  return {
    code: number(member(body, 'code')) ?? httpStatus,
    reason: text(member(body, 'reason'), MAX_REASON),
    message: text(member(body, 'message'), MAX_MESSAGE),
    causes: Array.isArray(causes)
      ? causes.slice(0, MAX_CAUSES).map((cause) => ({
          reason: text(member(cause, 'reason'), MAX_REASON),
          field: text(member(cause, 'field'), MAX_FIELD),
        }))
      : [],
    retryAfterSeconds: number(member(details, 'retryAfterSeconds')),
    genuine: member(body, 'kind') === 'Status',
  };
}

/** The delay of a Retry-After header (seconds or an HTTP date), in milliseconds. Undefined without the header. */
export function readRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  const delay = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - now;
  return Number.isFinite(delay) && delay > 0 ? delay : undefined;
}

/** An own member of an unknown JSON value. */
export function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

function text(value: unknown, length: number): string {
  return typeof value === 'string' ? value.slice(0, length) : '';
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}
