// An open watch in the proxy: its lines can be filtered, it can be broken, and an ERROR event can be put into it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Modifier } from './fault-table.ts';
import type { ResourceRequest } from './resource-request.ts';
import { statusBody } from './status-body.ts';

export class WatchStream {
  readonly request: ResourceRequest;
  readonly userAgent: string;
  /** The client's end. */
  readonly client: ServerResponse;
  readonly #keep: (line: string) => boolean;
  #rest = '';

  /** Passes events on, whole lines at a time, until either side ends. */
  constructor(
    request: ResourceRequest,
    userAgent: string,
    upstream: IncomingMessage,
    client: ServerResponse,
    modifiers: readonly Modifier[],
  ) {
    this.request = request;
    this.userAgent = userAgent;
    this.client = client;
    const kinds = new Set(modifiers.map(({ kind }) => kind));
    this.#keep = (line) => {
      const bookmark = line.startsWith('{"type":"BOOKMARK"');
      return bookmark ? !kinds.has('swallow-bookmarks') : !kinds.has('only-bookmarks');
    };
    upstream.setEncoding('utf8');
    upstream.on('data', (chunk: string) => this.#pass(chunk));
    upstream.on('end', () => client.end());
  }

  /** Ends the stream as the API server does at its time-out. */
  end(): void {
    this.client.end();
  }

  /** Sends an ERROR event with a Status of this code, and ends the stream. */
  fail(code: number): void {
    if (this.client.writableEnded) return; // its client or the API server was faster
    this.client.end(errorEvent(code));
  }

  #pass(chunk: string): void {
    const lines = `${this.#rest}${chunk}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (!this.client.writableEnded && this.#keep(line)) this.client.write(`${line}\n`);
  }
}

/** The line that the API server puts into a watch that it cannot go on with. */
export function errorEvent(code: number): string {
  return `${JSON.stringify({ type: 'ERROR', object: statusBody(code, { message: 'too old resource version: 1 (2)' }) })}\n`;
}
