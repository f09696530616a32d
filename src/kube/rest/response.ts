/** Reads the response to a call: its object, or the failure that its metav1.Status describes. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { failed, ok } from '../../base/result.ts';
import type { KubeFailure, KubeResult, Omitted } from '../port.ts';
import { failureOfStatus, ownFailure, ResponseTooLargeError } from './errors.ts';
import { MANAGED_FIELDS, MAX_MEMBERS, parseBounded } from './omit-members.ts';
import type { KubeRequest } from './request.ts';
import { readRetryAfter, readStatus } from './status.ts';

/** Depth of an item in the JSON of a list: the list, its items, the item. */
const ITEM_DEPTH = 3;
const NONE: Omitted = new Map();
const MAX_ERROR_BYTES = 1024 * 1024;

export interface Answer {
  readonly body: unknown;
  /** Length of the response in bytes. */
  readonly bytes: number;
}

/**
 * The response to a write is returned without the parts that cannot be parsed: the write is done, and the caller needs the identity and
 * version of the object. Throws the SyntaxError of JSON.parse.
 */
export function readAnswer(request: KubeRequest, bytes: Buffer): KubeResult<Answer> {
  if (bytes.length === 0) return ok({ body: {}, bytes: 0 });
  const text = bytes.toString('utf8');
  const { value: body, reduced } =
    request.verb === 'list' ? parseBounded(text, ITEM_DEPTH, request.omitted ?? NONE) : parseBounded(text, 1, MANAGED_FIELDS);
  if (reduced && request.verb === 'get') {
    return failed(ownFailure(request, 'too-large', `it has too many keys to be read, more than ${MAX_MEMBERS} with those of its metadata`));
  }
  return ok({ body, bytes: bytes.length });
}

export async function failureOfResponse(request: KubeRequest, response: Dispatcher.ResponseData): Promise<KubeFailure> {
  const retryAfterMs = readRetryAfter(headerOf(response.headers, 'retry-after'), Date.now());
  let body: unknown;
  try {
    body = JSON.parse((await readBytes(response.body, MAX_ERROR_BYTES)).toString('utf8'));
  } catch (error) {
    // A response without a readable metav1.Status still has its code. The caller handles an aborted connection.
    if (!(error instanceof SyntaxError) && !(error instanceof ResponseTooLargeError)) throw error;
  }
  return failureOfStatus(request, readStatus(body, response.statusCode), retryAfterMs);
}

export async function readBytes(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new ResponseTooLargeError(`more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
