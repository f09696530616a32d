/**
 * What workloads ask for by the annotations of Stakater Reloader, and the Secrets and ConfigMaps that they name: each round of a workload tells what it asks for,
 * and only these sources are followed.
 */
import { untilEnd } from '../../base/waiting.ts';
import type { Consumer, ConsumerId } from '../../restart/consumer/consumer.ts';
import { consumerId } from '../../restart/consumer/consumer.ts';
import type { ForeignSources } from '../../restart/foreign/foreign-sources.ts';
import type { NameMatches } from '../../restart/foreign/name-matches.ts';
import { type Demand, isDemandHeard, reloaderDemands } from '../../restart/reloader/demands.ts';
import { isNamespaceLooked, type ReloaderOptions } from '../../restart/reloader/options.ts';
import type { SourceKind } from '../../restart/source/content.ts';
import { parseReloaderSettings } from '../../restart/reloader/parse-settings.ts';

export interface ReloaderSourcesOptions {
  readonly options: ReloaderOptions;
  readonly foreign: ForeignSources;
  readonly matches: NameMatches;
  /** Rejects with the defect of a watch. */
  readonly defect: Promise<never>;
  /** Undefined: not known. */
  readonly labelsOf: (namespace: string) => Readonly<Record<string, string>> | undefined;
}

export interface Asked {
  /** Those that the source itself does not forbid. */
  readonly demands: readonly Demand[];
  /** What is not followed, for people. */
  readonly problems: readonly string[];
  /** There are more names, expressions or matches than are followed: TooManyReferences. */
  readonly hasMore: boolean;
}

const NOTHING: Asked = { demands: [], problems: [], hasMore: false };
const NO_PATTERNS = { Secret: [], ConfigMap: [] };

export class ReloaderSources {
  readonly foreign: ForeignSources;
  readonly #options: ReloaderSourcesOptions;
  readonly #unsaid;

  constructor(options: ReloaderSourcesOptions) {
    this.#options = options;
    this.foreign = options.foreign;
    this.#unsaid = parseReloaderSettings(options.options.names, undefined, undefined);
  }

  /** What the workload asks for now. It replaces what it asked for before: sources that nobody names any more are not followed any longer. */
  askedBy(consumer: Consumer): Asked {
    const { kind, metadata, consumes } = consumer;
    const { namespace = '', name } = metadata;
    const id = consumerId(kind, namespace, name);
    const { options, matches, foreign } = this.#options;
    const settings = consumer.reloader ?? (options.autoReloadAll ? this.#unsaid : undefined);
    if (settings === undefined || !this.#isLooked(namespace)) {
      this.forget(id);
      return NOTHING;
    }
    const { patterns } = reloaderDemands(settings, [], options);
    matches.declare(id, namespace, patterns);
    const found = matches.of(id);
    const { sources } = reloaderDemands(settings, consumes, options, found.sources);
    foreign.declare(id, namespace, sources);
    return {
      demands: sources.filter((demand) => isDemandHeard(demand, foreign.marksOf(namespace, demand))),
      problems: [
        ...settings.problems,
        ...found.invalid.map((pattern) => `${JSON.stringify(pattern.slice(0, SHOWN))} is not a valid expression`),
      ],
      hasMore: settings.hasMore || found.hasMore,
    };
  }

  /** Whether the ledger must keep what it has of the source: somebody names it, or may. */
  keeps(kind: SourceKind, namespace: string, name: string): boolean {
    const { foreign, matches } = this.#options;
    return foreign.isDeclared(kind, namespace, name) || !matches.isSettled(kind, namespace);
  }

  /** A part of the work: resolves when `end` aborts, rejects with the defect of a watch. */
  run(end: AbortSignal): Promise<void> {
    return untilEnd(this.#options.defect, end);
  }

  /** The workload is gone, or asks for nothing. */
  forget(id: ConsumerId): void {
    const [, namespace = ''] = id.split('/');
    this.#options.matches.declare(id, namespace, NO_PATTERNS);
    this.#options.foreign.declare(id, namespace, []);
  }

  #isLooked(namespace: string): boolean {
    const { options, labelsOf } = this.#options;
    return isNamespaceLooked(options, namespace, options.namespaceSelector.length === 0 ? undefined : labelsOf(namespace));
  }
}

/** Characters of an expression in a message. */
const SHOWN = 60;
