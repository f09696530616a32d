/** Applies one target: plans the write with the cache or with a live read, and sends it. After a conflict it reads the Secret and plans again. */
import { fail, type Failure, type Outcome } from '../failure/failure.ts';
import { builtin } from '../api/object/builtin-types.ts';
import type { SecretObject } from '../api/object/object.ts';
import { failed, ok } from '../base/result.ts';
import type { SlicedWork } from '../base/time/time-slices.ts';
import { failureOf } from '../kube/failure-of.ts';
import type { KubeFailure, KubeReader, KubeResult, KubeWriter } from '../kube/port.ts';
import { cachedTarget } from './cached-target.ts';
import { liveDigest } from './content-digest.ts';
import type { ManagedSecret } from './managed-secret.ts';
import { planWrite, type Effect, type WritePlan } from './plan-write.ts';
import type { WriteRecord } from './port.ts';
import type { WriteRequest } from './write-request.ts';

export interface Applied {
  readonly record: WriteRecord;
  readonly effect: Effect;
}

/** Attempts before the key is retried with backoff. */
const ATTEMPTS = 4;

export interface ApplyContext {
  readonly client: KubeReader & KubeWriter;
  /** Planning a write, and comparing its response, takes up to 30 ms for a Secret of 10,000 keys. */
  readonly work: SlicedWork;
  /** The Secret in the cache. Without it the first request is a POST, which fails if the Secret exists. */
  readonly cached: ManagedSecret | undefined;
  /** Saves a record in the status before its Secret is deleted and created again. */
  readonly remember: (record: WriteRecord) => Promise<Outcome<void>>;
}

/** The response of each write is compared with the request, because a webhook may have changed the Secret. */
export async function applySecret(request: WriteRequest, context: ApplyContext, signal: AbortSignal): Promise<Outcome<Applied>> {
  await context.work.checkpoint();
  let live = await knownTarget(request, context, signal);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (!live.ok) return failed(failureOf(live.failure));
    const applied = await attemptWrite(live.value, request, context, signal);
    if (applied !== 'lost-race') return applied;
    live = await readTarget(request, context.client, signal);
  }
  if (!live.ok) return failed(failureOf(live.failure));
  return fail('Conflict', `Secret ${JSON.stringify(request.secretName)} changed each time it was about to be written`);
}

interface Target {
  readonly secret: SecretObject | undefined;
  /** From the cache, which has compared the content with the record when the Secret arrived. */
  readonly isIntact?: true;
}

/** The cached Secret if a patch can be planned with it, else the live Secret. Undefined: the cache has no such Secret. */
async function knownTarget(request: WriteRequest, context: ApplyContext, signal: AbortSignal): Promise<KubeResult<Target>> {
  const cached = cachedChange(request, context);
  if (cached !== undefined) return ok({ secret: cached, isIntact: true });
  const isCreate = context.cached === undefined && request.policy !== 'Merge';
  return isCreate ? ok({ secret: undefined }) : await readTarget(request, context.client, signal);
}

async function readTarget(request: WriteRequest, client: KubeReader, signal: AbortSignal): Promise<KubeResult<Target>> {
  const read = await client.get<SecretObject>(builtin.secret, targetOf(request), signal);
  if (read.ok) return ok({ secret: read.value });
  return read.failure.kind === 'not-found' ? ok({ secret: undefined }) : read;
}

/** One request, planned with the Secret. 'lost-race': another client has written or deleted the Secret since it was read. */
async function attemptWrite(
  { secret, isIntact }: Target,
  request: WriteRequest,
  context: ApplyContext,
  signal: AbortSignal,
): Promise<Outcome<Applied> | 'lost-race'> {
  const { client, work } = context;
  await work.checkpoint();
  const plan = planWrite(secret, request, isIntact);
  if (plan.kind === 'refuse') return failed(plan.failure);
  if (plan.kind === 'nothing') return ok({ record: plan.record, effect: 'none' });
  const obstacle = plan.kind === 'recreate' ? await prepareRecreation(plan, request, context, signal) : undefined;
  if (obstacle !== undefined) return failed(obstacle);
  const written = await execute(plan, request, client, signal);
  await work.checkpoint();
  if (written.ok) return verify(written.value, plan, request);
  return lostRace(written.failure) ? 'lost-race' : failed(failureOf(written.failure));
}

/** The cached target, if a patch can be planned with it. A refusal or a deletion is decided only with the live Secret. */
function cachedChange(request: WriteRequest, { cached }: ApplyContext): SecretObject | undefined {
  const target = cached === undefined ? undefined : cachedTarget(cached, request);
  return target !== undefined && planWrite(target, request, true).kind === 'patch' ? target : undefined;
}

/**
 * Between deletion and creation there is no Secret and no record. So a dry run of the creation comes first, and the status gets the content
 * id.
 */
async function prepareRecreation(
  { body, unreported }: Recreation,
  { writer }: WriteRequest,
  { client, remember }: ApplyContext,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const tried = await client.create(builtin.secret, writer.namespace, body, signal, 'dry-run');
  if (!tried.ok && tried.failure.kind !== 'already-exists') return failureOf(tried.failure);
  if (unreported === undefined) return undefined;
  const remembered = await remember(unreported);
  return remembered.ok ? undefined : remembered.failure;
}

function lostRace({ kind }: KubeFailure): boolean {
  return kind === 'already-exists' || kind === 'conflict' || kind === 'not-found';
}

function targetOf({ writer, secretName }: WriteRequest): { namespace: string; name: string } {
  return { namespace: writer.namespace, name: secretName };
}

type Recreation = Extract<WritePlan, { kind: 'recreate' }>;
type Executable = Exclude<WritePlan, { kind: 'refuse' | 'nothing' }>;

async function execute(
  plan: Executable,
  request: WriteRequest,
  client: KubeWriter,
  signal: AbortSignal,
): Promise<KubeResult<SecretObject>> {
  const { namespace } = request.writer;
  if (plan.kind === 'create') return client.create<SecretObject>(builtin.secret, namespace, plan.body, signal);
  if (plan.kind === 'patch') return client.mergePatch<SecretObject>(builtin.secret, targetOf(request), plan.body, signal);
  const { uid, resourceVersion } = plan;
  const removed = await client.delete(builtin.secret, targetOf(request), { uid, resourceVersion }, signal);
  if (!removed.ok && removed.failure.kind !== 'not-found') return removed;
  return client.create<SecretObject>(builtin.secret, namespace, plan.body, signal);
}

function verify(written: SecretObject, plan: Executable, request: WriteRequest): Outcome<Applied> {
  const { record } = plan;
  if (liveDigest(request.key, written, record.keys) !== (record.digest ?? record.content)) {
    return fail('MutatedByAdmission', `Secret ${JSON.stringify(request.secretName)} was stored with other data than was sent`);
  }
  return ok({ record, effect: effectOf(plan) });
}

function effectOf(plan: Executable): Effect {
  if (plan.kind === 'create') return 'created';
  return plan.kind === 'patch' ? plan.effect : 'recreated';
}
