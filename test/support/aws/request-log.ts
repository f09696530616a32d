// The requests of the emulator: one entry per request, counters by operation and secret, accepted connections.
import { secretNameOf } from './secret-name.ts';

const KEPT_ENTRIES = 20_000;

export interface LogEntry {
  /** Emulator time of arrival. */
  readonly timeMs: number;
  readonly service: string;
  readonly operation: string;
  /** As the request named them. */
  readonly secretIds: readonly string[];
  readonly account: string;
  readonly region: string;
  readonly accessKeyId: string | undefined;
  readonly principal: string | undefined;
  readonly role: string | undefined;
  readonly sessionName: string | undefined;
  readonly userAgent: string | undefined;
  /** Undefined while unanswered (and for ever if hung); 0 when the connection was reset. */
  readonly status: number | undefined;
  readonly errorCode: string | undefined;
}

export type MutableLogEntry = { -readonly [K in keyof LogEntry]: LogEntry[K] };

export class RequestLog {
  #entries: MutableLogEntry[] = [];
  readonly #counts = new Map<string, number>();
  #connections = 0;

  /** Counts and keeps a request; the caller fills in the outcome later. */
  add(entry: MutableLogEntry): void {
    this.#count(entry.operation);
    for (const id of entry.secretIds) this.#count(entry.operation, id);
    this.#entries.push(entry);
    if (this.#entries.length > 2 * KEPT_ENTRIES) this.#entries = this.#entries.slice(-KEPT_ENTRIES);
  }

  connected(): void {
    this.#connections++;
  }

  #count(operation: string, secretId?: string): void {
    const key = keyOf(operation, secretId);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Requests of an operation; with `secretId` (name or ARN) only those that named this secret. */
  count(operation: string, secretId?: string): number {
    return this.#counts.get(keyOf(operation, secretId)) ?? 0;
  }

  /** Requests by operation. */
  get byOperation(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].filter(([key]) => !key.includes(' ')));
  }

  get total(): number {
    return Object.values(this.byOperation).reduce((sum, count) => sum + count, 0);
  }

  /** TCP connections accepted. */
  get connections(): number {
    return this.#connections;
  }

  /** The newest 20,000 requests at least, oldest first. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  reset(): void {
    this.#entries = [];
    this.#counts.clear();
    this.#connections = 0;
  }
}

const keyOf = (operation: string, secretId: string | undefined): string =>
  secretId === undefined ? operation : `${operation} ${secretNameOf(secretId)}`;
