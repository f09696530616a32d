/**
 * Name resolution for the connections to AWS. Node resolves a name with getaddrinfo in libuv's thread pool, where only half of the threads
 * may resolve names. Tenants choose regions and thereby names: without a limit, names that do not exist would occupy all these threads.
 * Each name is resolved once for all callers at the same time, answers are kept for seconds, and names that were found, names that were
 * missing and unknown names have separate limits. getaddrinfo is used because it reads /etc/hosts, the search domains and the configured
 * order of address families.
 */
import { lookup as getaddrinfo, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { LRUCache } from 'lru-cache';
import { type Clock, ms } from '../../base/time/clock.ts';
import { Limit } from '../../base/sharing/limit.ts';
import { failed, ok, type Result } from '../../base/result.ts';

/** All addresses of a host, at least one. Rejects with an error of node:dns. */
export type ResolveHost = (host: string, options: LookupOptions) => Promise<readonly LookupAddress[]>;

/** The last result for a host: an address was found, the host does not exist, or neither is known. */
type HostState = 'found' | 'missing' | 'unknown';

/** Lookups at the same time. Seven of the eight threads that may resolve names (UV_THREADPOOL_SIZE=16); one stays for the API server. */
const MAX_LOOKUPS: Readonly<Record<HostState, number>> = { found: 3, unknown: 3, missing: 1 };

/** The records of AWS have a time to live of a minute, and AWS stops the use of an address long after it changed the record. */
const FOUND_FOR = ms(10_000);
const MISSING_FOR = ms(5_000);
/** A connection has a time limit of two seconds, and the SDK makes up to three attempts: no caller waits for an older lookup. */
const LONGEST_WAIT = ms(4_000);
/** AWS has about 40 regions, and four services (Secrets Manager, SSM, STS, SQS) are used in each. */
const MAX_FOUND = 256;
const MAX_MISSING = 1_024;
/** Hosts without a known address that are being resolved or wait. */
const MAX_WAITING = 1_024;

type Answer = Result<readonly LookupAddress[], NodeJS.ErrnoException>;

interface Known {
  readonly answer: Answer;
  /** Monotonic time. */
  readonly since: number;
}

/** One lookup for the process: all connections share its limits. */
export function createHostLookup(clock: Clock, resolve: ResolveHost = resolveByGetaddrinfo): LookupFunction {
  const hosts = new Hosts(clock, resolve);
  return (host, options, callback) => {
    // The callback runs after this function has returned, as with dns.lookup, because the caller may not be ready before.
    void hosts.addressesOf(host, options).then((answer) => process.nextTick(deliver, answer, options, callback));
  };
}

class Hosts {
  readonly #clock: Clock;
  readonly #resolve: ResolveHost;
  readonly #found = new LRUCache<string, Known>({ max: MAX_FOUND });
  readonly #missing = new LRUCache<string, Known>({ max: MAX_MISSING });
  readonly #underWay = new Map<string, Promise<Answer>>();
  readonly #places = {
    found: new Limit(MAX_LOOKUPS.found),
    unknown: new Limit(MAX_LOOKUPS.unknown),
    missing: new Limit(MAX_LOOKUPS.missing),
  };
  readonly #never = new AbortController().signal;

  constructor(clock: Clock, resolve: ResolveHost) {
    this.#clock = clock;
    this.#resolve = resolve;
  }

  async addressesOf(host: string, options: LookupOptions): Promise<Answer> {
    const key = JSON.stringify([host, options.family, options.hints, options.order, options.verbatim]);
    const known = this.#fresh(this.#found.get(key), FOUND_FOR) ?? this.#fresh(this.#missing.get(key), MISSING_FOR);
    return known?.answer ?? this.#underWay.get(key) ?? this.#lookUp(key, host, options);
  }

  #fresh(known: Known | undefined, duration: number): Known | undefined {
    return known !== undefined && this.#clock.monotonic() - known.since < duration ? known : undefined;
  }

  async #lookUp(key: string, host: string, options: LookupOptions): Promise<Answer> {
    const state = this.#stateOf(key);
    if (state !== 'found' && this.#underWay.size >= MAX_WAITING) return failed(tooMany(host));
    const since = this.#clock.monotonic();
    const answer = this.#places[state].run(
      // A host belongs to no tenant: one lookup serves all tenants.
      '',
      async () => (this.#clock.monotonic() - since > LONGEST_WAIT ? failed(tooMany(host)) : this.#ask(key, host, options)),
      this.#never,
    );
    this.#underWay.set(key, answer);
    try {
      return await answer;
    } finally {
      this.#underWay.delete(key);
    }
  }

  #stateOf(key: string): HostState {
    if (this.#found.get(key) !== undefined) return 'found';
    return this.#missing.get(key) === undefined ? 'unknown' : 'missing';
  }

  async #ask(key: string, host: string, options: LookupOptions): Promise<Answer> {
    try {
      const answer = ok(await this.#resolve(host, options));
      this.#missing.delete(key);
      this.#found.set(key, { answer, since: this.#clock.monotonic() });
      return answer;
    } catch (error) {
      const failure = error as NodeJS.ErrnoException;
      const answer = failed(failure);
      // All other errors concern the DNS servers and not the name, so the next lookup may succeed at once.
      if (failure.code === 'ENOTFOUND') this.#missing.set(key, { answer, since: this.#clock.monotonic() });
      return answer;
    }
  }
}

/** An error with the code of getaddrinfo for "try again". */
function tooMany(host: string): NodeJS.ErrnoException {
  const properties = { code: 'EAI_AGAIN', syscall: 'getaddrinfo', hostname: host };
  return Object.assign(new Error(`getaddrinfo EAI_AGAIN ${host}: too many names are being resolved`), properties);
}

function deliver(answer: Answer, options: LookupOptions, callback: Parameters<LookupFunction>[2]): void {
  if (!answer.ok) {
    // A copy for each connection, because the SDK writes to the errors that it gets.
    const { message, code, errno, syscall } = answer.failure;
    callback(Object.assign(new Error(message), { code, errno, syscall }), options.all === true ? [] : '');
  } else if (options.all === true) {
    callback(
      null,
      answer.value.map((one) => ({ ...one })),
    );
  } else {
    const [first] = answer.value;
    callback(null, first?.address ?? '', first?.family);
  }
}

const lookUpAll = promisify(getaddrinfo);

function resolveByGetaddrinfo(host: string, options: LookupOptions): Promise<readonly LookupAddress[]> {
  return lookUpAll(host, { ...options, all: true });
}
