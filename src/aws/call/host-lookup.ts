/**
 * Name resolution for the connections to AWS. Node resolves a name with getaddrinfo in libuv's thread pool, where only half of the threads
 * may resolve names. Tenants choose regions and thereby names: without a limit, names that do not exist would occupy all these threads.
 * Each name is resolved once for all callers at the same time, answers are kept for seconds, and names that were found, names that were
 * missing and unknown names have separate limits. The namespaces whose stores ask for a name share these limits: a name waits for each of
 * them, and is resolved at the first turn of one of them. getaddrinfo is used because it reads /etc/hosts, the search domains and the
 * configured order of address families.
 */
import { lookup as getaddrinfo, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { LRUCache } from 'lru-cache';
import { type Clock, ms } from '../../base/time/clock.ts';
import { FairShare } from '../../base/sharing/fair-share.ts';
import { Limit } from '../../base/sharing/limit.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import { callOwner } from './call-owner.ts';

/** All addresses of a host, at least one. Rejects with an error of node:dns. */
export type ResolveHost = (host: string, options: LookupOptions) => Promise<readonly LookupAddress[]>;

/** The last result for a host: an address was found, the host does not exist, or neither is known. */
type HostState = 'found' | 'missing' | 'unknown';

/** Lookups at the same time. Seven of the eight threads that may resolve names (UV_THREADPOOL_SIZE=16); one stays for the API server. */
const MAX_LOOKUPS: Readonly<Record<HostState, number>> = { found: 3, unknown: 3, missing: 1 };
/** Of these, for one namespace. Name servers may need seconds for a name, so one place is left to others. */
const MAX_LOOKUPS_OF_OWNER = 2;

/** The records of AWS have a time to live of a minute, and AWS stops the use of an address long after it changed the record. */
const FOUND_FOR = ms(10_000);
const MISSING_FOR = ms(5_000);
/** A connection has a time limit of two seconds, and the SDK makes up to three attempts: no caller waits for an older lookup. */
const LONGEST_WAIT = ms(4_000);
/** AWS has about 40 regions, and four services (Secrets Manager, SSM, STS, SQS) are used in each. */
const MAX_FOUND = 256;
const MAX_MISSING = 1_024;
/** Hosts without a known address that are being resolved or wait; a host counts once for each namespace that asks for it. */
const MAX_WAITING = 1_024;

type Answer = Result<readonly LookupAddress[], NodeJS.ErrnoException>;

interface Known {
  readonly answer: Answer;
  /** Monotonic time. */
  readonly since: number;
}

/** A host that is being resolved, or waits for that. */
interface Lookup {
  readonly key: string;
  readonly host: string;
  readonly options: LookupOptions;
  readonly state: HostState;
  readonly answer: PromiseWithResolvers<Answer>;
  /** The namespaces whose turns it waits for. */
  readonly owners: Set<string>;
  /** Monotonic time of the last request. */
  askedAt: number;
  isStarted: boolean;
}

/** One lookup for the process: all connections share its limits. A lookup counts for the owner of the call that needs it (`callFor`). */
export function createHostLookup(clock: Clock, resolve: ResolveHost = resolveByGetaddrinfo): LookupFunction {
  const hosts = new Hosts(clock, resolve);
  return (host, options, callback) => {
    // The callback runs after this function has returned, as with dns.lookup, because the caller may not be ready before.
    void hosts.addressesOf(callOwner(), host, options).then((answer) => process.nextTick(deliver, answer, options, callback));
  };
}

class Hosts {
  readonly #clock: Clock;
  readonly #resolve: ResolveHost;
  readonly #found = new LRUCache<string, Known>({ max: MAX_FOUND });
  readonly #missing = new LRUCache<string, Known>({ max: MAX_MISSING });
  readonly #underWay = new Map<string, Lookup>();
  readonly #places = {
    found: new Limit(MAX_LOOKUPS.found, MAX_LOOKUPS_OF_OWNER),
    unknown: new Limit(MAX_LOOKUPS.unknown, MAX_LOOKUPS_OF_OWNER),
    missing: new Limit(MAX_LOOKUPS.missing),
  };
  readonly #waiting = new FairShare();
  #free = MAX_WAITING;
  readonly #never = new AbortController().signal;

  constructor(clock: Clock, resolve: ResolveHost) {
    this.#clock = clock;
    this.#resolve = resolve;
  }

  async addressesOf(owner: string, host: string, options: LookupOptions): Promise<Answer> {
    const key = JSON.stringify([host, options.family, options.hints, options.order, options.verbatim]);
    const known = this.#fresh(this.#found.get(key), FOUND_FOR) ?? this.#fresh(this.#missing.get(key), MISSING_FOR);
    return known?.answer ?? this.#lookUp(owner, key, host, options);
  }

  async #lookUp(owner: string, key: string, host: string, options: LookupOptions): Promise<Answer> {
    const underWay = this.#underWay.get(key);
    const state = underWay?.state ?? this.#stateOf(key);
    const isNew = underWay === undefined || !(underWay.isStarted || underWay.owners.has(owner));
    if (isNew && state !== 'found' && !this.#waiting.mayTake(owner, this.#free)) return failed(tooMany(host));
    const lookup = underWay ?? this.#open(key, host, options, state);
    lookup.askedAt = this.#clock.monotonic();
    if (isNew) void this.#waitFor(owner, lookup);
    return lookup.answer.promise;
  }

  #fresh(known: Known | undefined, duration: number): Known | undefined {
    return known !== undefined && this.#clock.monotonic() - known.since < duration ? known : undefined;
  }

  #open(key: string, host: string, options: LookupOptions, state: HostState): Lookup {
    const lookup = {
      key,
      host,
      options,
      state,
      answer: Promise.withResolvers<Answer>(),
      owners: new Set<string>(),
      askedAt: 0,
      isStarted: false,
    };
    this.#underWay.set(key, lookup);
    return lookup;
  }

  /** Resolves the host at the turn of this namespace, unless it was resolved at the turn of another one. */
  async #waitFor(owner: string, lookup: Lookup): Promise<void> {
    lookup.owners.add(owner);
    const counts = lookup.state !== 'found';
    if (counts) this.#count(owner, 1);
    await this.#places[lookup.state].run(owner, () => this.#start(lookup), this.#never);
    if (counts) this.#count(owner, -1);
  }

  #count(owner: string, places: 1 | -1): void {
    this.#waiting.take(owner, places);
    this.#free -= places;
  }

  async #start(lookup: Lookup): Promise<void> {
    if (lookup.isStarted) return;
    lookup.isStarted = true;
    const { key, host, options, askedAt, answer } = lookup;
    const isLate = this.#clock.monotonic() - askedAt > LONGEST_WAIT;
    const found = isLate ? failed(tooMany(host)) : await this.#ask(key, host, options);
    this.#underWay.delete(key);
    answer.resolve(found);
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
