/** What all controllers of one leader share about restarts: the ledger, the admission of restarts, and the live content of sources. */
import { groupResource } from '../../api/object/resource-type.ts';
import type { Clock, Ms } from '../../base/time/clock.ts';
import { ms } from '../../base/time/clock.ts';
import { keyOf } from '../../base/key.ts';
import { priority } from '../../base/priority.ts';
import type { KubeResult } from '../../kube/port.ts';
import { untilAborted } from '../../base/waiting.ts';
import { RestartAdmission } from '../../restart/admission/restart-admission.ts';
import type { GroupView } from '../../restart/admission/view.ts';
import type { ConsumerId, ConsumerKind } from '../../restart/consumer/consumer.ts';
import { consumerTypes } from '../../restart/consumer/consumer-types.ts';
import type { GroupId } from '../../restart/demand/demand.ts';
import { ownerOfGroup } from '../../restart/demand/restart-spec-of.ts';
import type { WorkloadEntry } from '../../restart/ledger/entry.ts';
import type { Ledger, Live } from '../../restart/ledger/ledger.ts';
import type { RestartLimits, RestartPolicy } from '../../restart/policy/policy.ts';
import type { SourceContent, SourceName } from '../../restart/source/content.ts';
import { LiveReads } from '../../restart/source/live-reads.ts';
import { failure, type Failure } from '../../failure/failure.ts';
import { failureOf } from '../../kube/failure-of.ts';
import type { Queues } from './queues.ts';
import { HealthyContents } from './healthy-contents.ts';
import { LastRestarts } from './last-restarts.ts';
import { Memberships } from './memberships.ts';
import { type PhaseCount, PhaseLog } from './phase-log.ts';
import type { ReloaderSources } from './reloader-sources.ts';
import { RestartSpecs } from './restart-specs.ts';

export interface RestartEngineOptions {
  /** Reads the content of a source from the API server. Undefined: the source does not exist, or nobody records its content. */
  readonly read: (namespace: string, source: SourceName, signal: AbortSignal) => Promise<KubeResult<SourceContent | undefined>>;
  /** What workloads ask for by annotations of Stakater Reloader. Undefined: these do not count. */
  readonly reloader?: ReloaderSources | undefined;
  readonly clock: Clock;
  readonly limits: RestartLimits;
  readonly ledger: Ledger;
  readonly queues: Queues;
  /** All workloads that the operator knows now. */
  readonly consumers: () => Iterable<ConsumerId>;
  /** All workloads of a group are healthy, so many seconds after the change of its source. */
  readonly allHealthy: (seconds: number) => void;
  /** Aborts when this process ends to lead. */
  readonly signal: AbortSignal;
}

interface Declared {
  readonly policy: RestartPolicy;
  readonly content: SourceContent;
}

/** At most one status of an ExternalSecret in this time because of restarts: the rollout of a thousand workloads changes thousands of phases. */
const STATUS_INTERVAL = ms(5_000);
/** Phases that change together make one status. */
const STATUS_DELAY = ms(200);

export class RestartEngine {
  readonly specs = new RestartSpecs();
  readonly live: LiveReads<SourceContent | undefined>;
  readonly reloader: ReloaderSources | undefined;
  readonly lastRestarts: LastRestarts;
  readonly #ledger: Ledger;
  /** Of all workloads, for changes that are told once, and for metrics. */
  readonly phases = new PhaseLog();
  readonly healthyContents: HealthyContents;
  readonly #options: RestartEngineOptions;
  readonly #admission: RestartAdmission;
  readonly #ready: Promise<void>;
  #isReady = false;
  readonly #declared = new Map<GroupId, Declared>();
  readonly #memberships = new Memberships();
  /** Monotonic: when the status of a group was made last. */
  readonly #shownAt = new Map<GroupId, Ms>();

  constructor(options: RestartEngineOptions) {
    const { clock, limits, ledger, signal, read, reloader, allHealthy } = options;
    this.#options = options;
    this.healthyContents = new HealthyContents(clock, allHealthy);
    this.#ledger = ledger;
    this.lastRestarts = new LastRestarts(ledger);
    this.live = new LiveReads({ clock, read: (namespace, source) => read(namespace, source, signal) });
    this.reloader = reloader;
    this.#admission = new RestartAdmission(clock, limits, {
      wake: (id) => this.#enqueue(id, ms(0)),
      wakeAfter: (id, delay) => this.#enqueue(id, delay),
      changed: (groups) => groups.forEach((group) => this.#showLater(group)),
    });
    this.#ready = this.#load(signal);
    // A rejection is the end of the process, which the waiting rounds see by their own signal.
    this.#ready.catch(() => undefined);
  }

  get admission(): Pick<RestartAdmission, 'report' | 'lookedAt' | 'forget' | 'admit' | 'release' | 'inFlight' | 'isComplete'> {
    return this.#admission;
  }

  /** Resolves when the ledger is loaded: before that nothing may be decided. Rejects with the reason of the signal. */
  async ready(signal: AbortSignal): Promise<void> {
    await untilAborted(this.#ready, signal);
  }

  /** Records a restart. Resolves when the entry is durable. */
  async record(entry: WorkloadEntry, signal: AbortSignal): Promise<KubeResult<void>> {
    return await this.#ledger.write([entry], signal);
  }

  /** Drops what the ledger has of all other objects. */
  async retain(live: Live, signal: AbortSignal): Promise<KubeResult<void>> {
    return await this.#ledger.retain(live, signal);
  }

  /** Whether the ledger is loaded. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Why nothing is restarted: the ledger cannot be read. Undefined: it is loaded, or is being read. */
  get problem(): Failure | undefined {
    const { unread } = this.#ledger;
    if (unread === undefined) return undefined;
    const { reason, retryAfterMs } = failureOf(unread);
    const details = retryAfterMs === undefined ? {} : { retryAfterMs };
    return failure(reason, `no workload is restarted until the ledger of restarts can be read: ${unread.message}`, details);
  }

  /** Whether `declare` with the same arguments changes nothing. */
  isDeclared(group: GroupId, policy: RestartPolicy, content: SourceContent): boolean {
    const known = this.#declared.get(group);
    return known !== undefined && known.policy === policy && isSameContent(known.content, content);
  }

  /** Before the reports of members. Costs nothing if policy and content are known. `members`: all that the policy governs. */
  declare(group: GroupId, policy: RestartPolicy, content: SourceContent, members: () => Iterable<ConsumerId>): void {
    if (this.isDeclared(group, policy, content)) return;
    this.#admission.declare(group, { policy, content, members });
    this.#declared.set(group, { policy, content });
  }

  /** The group has no policy any more. */
  retire(group: GroupId): void {
    if (!this.#declared.delete(group)) return;
    this.#shownAt.delete(group);
    this.healthyContents.forget(group);
    this.#admission.retire(group);
  }

  /** The groups of which the workload is a member now. Those that no ExternalSecret has end with their last member. */
  joined(consumer: ConsumerId, groups: Iterable<GroupId>): void {
    for (const group of this.#memberships.left(consumer, groups)) this.retire(group);
  }

  /** For one scrape. */
  phaseCounts(): readonly PhaseCount[] {
    return this.phases.counts((id) => this.#admission.waitOf(id));
  }

  /** For the status of a group. Undefined: no workload has been looked at for it. */
  view(group: GroupId): GroupView | undefined {
    const view = this.#admission.viewOf(group);
    if (view !== undefined) this.#shownAt.set(group, this.#options.clock.monotonic());
    return view;
  }

  async #load(signal: AbortSignal): Promise<void> {
    await this.#ledger.load(signal);
    this.#admission.expect(this.#options.consumers());
    this.#isReady = true;
  }

  #enqueue(id: ConsumerId, delay: Ms): void {
    enqueueConsumer(this.#options.queues, id, delay);
  }

  #showLater(group: GroupId): void {
    const owner = ownerOfGroup(group);
    const queue = owner && this.#options.queues.ifRun(owner.resource);
    if (owner === undefined || queue === undefined) return;
    const next = (this.#shownAt.get(group) ?? -Infinity) + STATUS_INTERVAL - this.#options.clock.monotonic();
    queue.addAfter(keyOf(owner.namespace, owner.name), priority.change, ms(Math.max(next, STATUS_DELAY)));
  }
}

export function enqueueConsumer(queues: Queues, id: ConsumerId, delay: Ms = ms(0)): void {
  const [kind = '', namespace = '', name = ''] = id.split('/');
  const queue = queues.of(groupResource(consumerTypes[kind as ConsumerKind]));
  if (delay > 0) queue.addAfter(keyOf(namespace, name), priority.change, delay);
  else queue.add(keyOf(namespace, name), priority.change);
}

/** Sources of others make an object for each look, so the objects are not compared. */
export function isSameContent(one: SourceContent | undefined, other: SourceContent | undefined): boolean {
  return one === other || (one?.sequence === other?.sequence && one?.content === other?.content);
}
