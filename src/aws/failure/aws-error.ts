/** Reads an error of the AWS SDK: only the parts that decide about the failure. Pure. */

/** The parts of an error that are used. */
export interface AwsError {
  /** Error code of AWS, or class of the error. */
  readonly name: string;
  /** Only to recognize the error. It may quote any text. */
  readonly message: string;
  /** HTTP status. Undefined without a response. */
  readonly status: number | undefined;
  /** Error code of Node, for network errors. */
  readonly code: string | undefined;
}

/**
 * The SDK does not recognize an error of another realm (a worker, a test runner) as an Error. It keeps only the text, after this prefix.
 */
const WRAPPED = /^AWS SDK error wrapper for (\w+)/;
/** The first part of a message shows the kind of error. The rest may quote a request. */
const MAX_MESSAGE = 4_096;
const ERROR_NAME = /^[\w.-]{1,64}$/;
const CODE_IN_TEXT = /\b(?:E[A-Z]{3,}|ERR_[A-Z_]+)\b/;

export function readError(error: unknown): AwsError {
  const record = recordOf(error);
  const message = textOf(record['message'])?.slice(0, MAX_MESSAGE) ?? '';
  const wrapped = WRAPPED.exec(message)?.[1];
  const name = textOf(wrapped ?? record['name']);
  const code = wrapped === undefined ? textOf(record['code']) : CODE_IN_TEXT.exec(message)?.[0];
  return { name: name !== undefined && ERROR_NAME.test(name) ? name : 'Error', message, status: statusOf(record), code };
}

type UnknownRecord = Partial<Record<string, unknown>>;

function recordOf(value: unknown): UnknownRecord {
  return typeof value === 'object' && value !== null ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function statusOf(error: UnknownRecord): number | undefined {
  const status = recordOf(error['$metadata'])['httpStatusCode'];
  return typeof status === 'number' ? status : undefined;
}
