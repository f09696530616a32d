// The faults of requests: rules in the order of their injection.
import type { ResourceRequest } from './resource-request.ts';

/** What a rule fits: every field that is given must be equal; `subresource: ''` means none, absent means any. */
export interface RequestMatch {
  readonly verb?: string | readonly string[];
  readonly group?: string;
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  readonly userAgent?: RegExp;
}

export type Fault =
  /** Answered with this status and a Status body; the API server does not see the request. */
  | {
      readonly kind: 'status';
      readonly code: number;
      readonly reason?: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  /** The connection is reset; the API server does not see the request. */
  | { readonly kind: 'reset' }
  /** Never answered; the API server does not see the request. */
  | { readonly kind: 'hang' }
  /** The API server does it, and the connection is reset in place of its answer. */
  | { readonly kind: 'lose-response' }
  /** A watch that starts and at once gets an ERROR event with a Status of this code (default 410) and ends. */
  | { readonly kind: 'watch-error'; readonly code?: number }
  /** Passed on after this time. Later rules apply too. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** A watch without its BOOKMARK events. Later rules apply too. */
  | { readonly kind: 'swallow-bookmarks' }
  /** A watch with nothing but its BOOKMARK events. Later rules apply too. */
  | { readonly kind: 'only-bookmarks' };

export type Modifier = Extract<Fault, { kind: 'latency' | 'swallow-bookmarks' | 'only-bookmarks' }>;
export type Verdict = Exclude<Fault, Modifier>;

export interface FaultRule extends RequestMatch {
  /** How many requests it hits; default all. */
  readonly times?: number;
  readonly fault: Fault;
}

export interface InjectedFault extends Disposable {
  /** How many requests it has hit so far. */
  readonly hits: number;
  remove(): void;
}

export interface Decision {
  readonly modifiers: readonly Modifier[];
  readonly verdict: Verdict | undefined;
}

interface Entry {
  readonly rule: FaultRule;
  hits: number;
}

export class FaultTable {
  readonly #entries = new Set<Entry>();

  inject(rule: FaultRule): InjectedFault {
    const entry: Entry = { rule, hits: 0 };
    this.#entries.add(entry);
    const remove = (): void => void this.#entries.delete(entry);
    return {
      get hits() {
        return entry.hits;
      },
      remove,
      [Symbol.dispose]: remove,
    };
  }

  /** Decides about one request and counts the hits: all modifiers that fit until the first verdict that fits. */
  decide(request: ResourceRequest, userAgent: string): Decision {
    const modifiers: Modifier[] = [];
    for (const entry of this.#entries) {
      if (!isLeft(entry) || !matchesRequest(entry.rule, request, userAgent)) continue;
      entry.hits++;
      const { fault } = entry.rule;
      if (!isModifier(fault)) return { modifiers, verdict: fault };
      modifiers.push(fault);
    }
    return { modifiers, verdict: undefined };
  }

  clear(): void {
    this.#entries.clear();
  }
}

/** True when every given field of the match fits the request. */
export function matchesRequest(match: RequestMatch, request: ResourceRequest, userAgent: string): boolean {
  const verbs = match.verb === undefined ? undefined : [match.verb].flat();
  if (verbs !== undefined && !verbs.includes(request.verb)) return false;
  if (match.userAgent !== undefined && !match.userAgent.test(userAgent)) return false;
  const fields = ['group', 'resource', 'namespace', 'name', 'subresource'] as const;
  return fields.every((field) => match[field] === undefined || match[field] === (request[field] ?? ''));
}

function isLeft({ rule, hits }: Entry): boolean {
  return rule.times === undefined || hits < rule.times;
}

function isModifier(fault: Fault): fault is Modifier {
  return fault.kind === 'latency' || fault.kind === 'swallow-bookmarks' || fault.kind === 'only-bookmarks';
}
