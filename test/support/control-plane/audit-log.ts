// The requests of one user, from the control plane's audit log.
import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterAccess } from './cluster-access.ts';
import { waitUntil } from './wait-until.ts';

/** One request as kube-apiserver tells it (audit.k8s.io/v1). Watches have two entries: when they begin, and when they have ended. */
export interface AuditEntry {
  readonly stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic';
  readonly verb: string;
  readonly requestURI: string;
  /** RFC 3339, when the stage was reached. */
  readonly stageTimestamp: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
}

/** Collects what `user` asks, from the moment it is made. */
export class AuditLog {
  readonly #access: ClusterAccess;
  readonly #user: string;
  #offset: number;
  #rest = '';
  #entries: AuditEntry[] = [];

  constructor(access: ClusterAccess, user: string) {
    this.#access = access;
    this.#user = user;
    this.#offset = withFile(access.auditLogPath, (file) => fstatSync(file).size);
  }

  /** What was asked since the last call. */
  async take(): Promise<readonly AuditEntry[]> {
    await this.#catchUp();
    const taken = this.#entries;
    this.#entries = [];
    return taken;
  }

  /** Resolves when the user has asked nothing for this long; `take` still gives it all. */
  async quiet(milliseconds: number, timeoutMs = 120_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      await this.#catchUp();
      const seen = this.#entries.length;
      await sleep(milliseconds);
      await this.#catchUp();
      if (this.#entries.length === seen) return;
      if (performance.now() > deadline) throw new Error(`${this.#user} never asks nothing for ${milliseconds} ms`);
    }
  }

  /** The log is written request by request: when a later request of our own stands in it, so do all earlier ones. */
  async #catchUp(): Promise<void> {
    const marker = `/version?marker=${randomUUID()}`;
    await this.#access.api.send({ path: marker });
    await waitUntil('the audit log has caught up', () => this.#read().some(({ requestURI }) => requestURI === marker), { pollMs: 5 });
  }

  #read(): readonly AuditEntry[] {
    const text = withFile(this.#access.auditLogPath, (file) => readFrom(file, this.#offset));
    this.#offset += text.length; // as latin1 a character is a byte
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    const entries = lines.map((line) => JSON.parse(line) as AuditEntry);
    this.#entries.push(...entries.filter(({ user }) => user.username === this.#user));
    return entries;
  }
}

function withFile<T>(path: string, use: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

/** As latin1, so that no character is cut in two; what is looked at is ASCII. */
function readFrom(file: number, offset: number): string {
  const bytes = Buffer.alloc(Math.max(fstatSync(file).size - offset, 0));
  return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.byteLength, offset));
}
