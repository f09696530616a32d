// A small Kubernetes client for test support, so that a test does not use the code under test (src/kube) for its setup.
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ApiResponse {
  readonly status: number;
  /** The parsed JSON body, or the text when it is none. */
  readonly body: unknown;
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

export interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

export interface ApiClientOptions {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  /** Whether a request that is answered with 429 and Retry-After is sent again. Default true. */
  readonly retryThrottled?: boolean;
}

const JSON_TYPE = 'application/json';
/** An API server that has just started, or that is overloaded, answers 429 for some seconds. It has not carried out such a request. */
const THROTTLED = 429;
const MAX_RETRIES = 20;

export class ApiClient implements Disposable {
  readonly #url: string;
  readonly #token: string;
  readonly #agent: Agent;
  readonly #maxRetries: number;

  constructor({ url, caPem, token, retryThrottled = true }: ApiClientOptions) {
    this.#url = url;
    this.#token = token;
    this.#maxRetries = retryThrottled ? MAX_RETRIES : 0;
    this.#agent = new Agent({ ca: caPem, keepAlive: true });
  }

  /** One request; resolves with any status. Sends it again when the API server asks for that. Rejects when the server cannot be reached. */
  async send(options: ApiRequest): Promise<ApiResponse> {
    const response = await this.#open(options);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString('utf8')) };
  }

  /** The events of a watch path until the server ends it. Rejects for a status other than 200. */
  async *watch(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const response = await this.#open({ path, signal });
    if (response.statusCode !== 200) {
      response.resume();
      throw new Error(`watch of ${path}: HTTP ${response.statusCode}`);
    }
    // Not node:readline: its iterator ends quietly when the connection breaks.
    let rest = '';
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = `${rest}${chunk as string}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as WatchEvent;
    }
  }

  async #open(options: ApiRequest): Promise<IncomingMessage> {
    for (let retries = 0; ; retries += 1) {
      const response = await this.#openOnce(options);
      const waitMs = retryAfterMs(response);
      if (waitMs === undefined || retries >= this.#maxRetries) return response;
      response.resume();
      await sleep(waitMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
    }
  }

  async #openOnce({
    method = 'GET',
    path,
    body,
    contentType = JSON_TYPE,
    accept = JSON_TYPE,
    signal,
  }: ApiRequest): Promise<IncomingMessage> {
    const outgoing = request(new URL(path, this.#url), {
      method,
      agent: this.#agent,
      headers: {
        authorization: `Bearer ${this.#token}`,
        accept,
        'user-agent': 'keytender-test-support',
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    outgoing.on('error', () => undefined); // a broken body is seen by whoever reads the response
    return response;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** Undefined unless the server asks for the same request again. */
function retryAfterMs({ statusCode, headers }: IncomingMessage): number | undefined {
  const seconds = Number(headers['retry-after']);
  return statusCode === THROTTLED && seconds >= 0 ? seconds * 1_000 : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
