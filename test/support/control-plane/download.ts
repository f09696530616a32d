// Downloads over HTTP, with a short time limit for the first response and a checksum. Failures are values, so the caller can continue.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../processes/error-code.ts';

export type Fetched<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

export interface Checksum {
  readonly algorithm: 'sha256' | 'sha512';
  readonly hex: string;
}

const INDEX_ANSWER_TIMEOUT_MS = 3_000;
// Files are behind redirects to storage, and their index has just answered.
const FILE_ANSWER_TIMEOUT_MS = 15_000;
const STALL_TIMEOUT_MS = 30_000;

/** The text at a URL. One attempt; gives up when no answer has begun after 3 s. */
export async function fetchText(url: string): Promise<Fetched<string>> {
  return attempt(url, INDEX_ANSWER_TIMEOUT_MS, async (response, alive) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of bodyOf(response)) {
      alive();
      chunks.push(chunk as Uint8Array);
    }
    return { ok: true, value: Buffer.concat(chunks).toString('utf8') };
  });
}

/** Writes what is at a URL to a file. A wrong checksum is a failure; the caller must not use the file then. */
export async function fetchFile(url: string, path: string, checksum: Checksum): Promise<Fetched<string>> {
  return attempt(url, FILE_ANSWER_TIMEOUT_MS, async (response, alive) => {
    const hash = createHash(checksum.algorithm);
    const watch = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        alive();
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(bodyOf(response), watch, createWriteStream(path));
    const actual = hash.digest('hex');
    if (actual === checksum.hex.toLowerCase()) return { ok: true, value: path };
    return { ok: false, problem: `${url}: its ${checksum.algorithm} is ${actual}, not ${checksum.hex} as published` };
  });
}

async function attempt<T>(
  url: string,
  answerTimeoutMs: number,
  read: (response: Response, alive: () => void) => Promise<Fetched<T>>,
): Promise<Fetched<T>> {
  const controller = new AbortController();
  let timer = setTimeout(() => controller.abort(), answerTimeoutMs);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(), STALL_TIMEOUT_MS);
  };
  try {
    const response = await fetch(url, { signal: controller.signal });
    alive();
    if (!response.ok) return { ok: false, problem: `${url}: HTTP ${response.status}` };
    return await read(response, alive);
  } catch (error) {
    const problem = controller.signal.aborted ? 'no answer in time' : messageOf(error);
    return { ok: false, problem: `${url}: ${problem}` };
  } finally {
    clearTimeout(timer);
    controller.abort(); // a response that was not read to its end would keep its connection
  }
}

function bodyOf(response: Response): Readable {
  return response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
}
