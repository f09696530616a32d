// The steps of a request: read, recognize, authenticate, log, latency, faults, serve, respond.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { authenticate, refusalError, type Authenticated } from './authenticate.ts';
import { AwsError } from './aws-error.ts';
import { errorOf, type ActiveFault, type Faults, type FaultTarget } from './faults.ts';
import type { Reply } from './reply.ts';
import type { MutableLogEntry, RequestLog } from './request-log.ts';
import { emptyListPage } from './secrets-manager/service.ts';
import type { Service, ServiceCall } from './service.ts';
import type { SignedRequest } from './sigv4.ts';
import type { World } from './world.ts';

/** What becomes of a request that a fault took over. */
type Outcome = Reply | 'reset' | 'gone';

export interface Pipeline {
  readonly world: World;
  readonly services: readonly Service[];
  readonly faults: Faults;
  readonly log: RequestLog;
}

const UNKNOWN: Reply = { status: 404, contentType: 'application/x-amz-json-1.1', body: '{"__type":"UnknownOperationException"}' };

export async function serve(pipeline: Pipeline, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const request = await read(incoming);
  for (const service of pipeline.services) {
    const call = service.recognise(request);
    if (!call) continue;
    return serveCall(pipeline, service, call, request, response);
  }
  write(pipeline.world, response, UNKNOWN);
}

async function serveCall(
  pipeline: Pipeline,
  service: Service,
  call: ServiceCall,
  request: SignedRequest,
  response: ServerResponse,
): Promise<void> {
  const { world } = pipeline;
  const caller = authenticate(request, world);
  const target: FaultTarget = { operation: call.operation, account: caller.account, region: caller.region, secretIds: call.secretIds };
  const entry = logEntry(world, service, call, caller, request);
  pipeline.log.add(entry);
  if (world.switches.latencyMs > 0) await sleep(world.switches.latencyMs);
  const struck = pipeline.faults.empty ? [] : pipeline.faults.strike(target);
  const answered = (await suffer(struck, service, request, response)) ?? (await answer(service, call, caller, target, response));
  const outcome = struck.some(({ fault }) => fault.kind === 'reply-lost') ? 'reset' : answered;
  if (outcome === 'gone') return;
  if (outcome === 'reset') {
    entry.status = 0;
    response.socket?.resetAndDestroy();
    return;
  }
  entry.status = outcome.status;
  entry.errorCode = outcome.errorCode;
  write(world, response, outcome);
}

async function answer(
  service: Service,
  call: ServiceCall,
  caller: Authenticated,
  target: FaultTarget,
  response: ServerResponse,
): Promise<Reply> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  response.once('close', onClose);
  try {
    if (caller.refusal && !call.unsigned) throw refusalError(caller.refusal, service.protocol);
    return await call.run(caller, target, gone.signal);
  } catch (error) {
    if (error instanceof AwsError) return service.fail(error);
    throw error;
  } finally {
    response.off('close', onClose);
  }
}

/** Lets the faults act in order; undefined when the request survives them. */
async function suffer(
  faults: readonly ActiveFault[],
  service: Service,
  request: SignedRequest,
  response: ServerResponse,
): Promise<Outcome | undefined> {
  for (const active of faults) {
    const { fault } = active;
    if (fault.kind === 'latency') await sleep(fault.ms);
    else if (fault.kind === 'hang') {
      if (await hang(active, response)) return 'gone';
    } else if (fault.kind === 'endless-body') {
      await writeEndlessly(response, fault.status ?? 200);
      return 'gone';
    } else {
      const outcome = replaced(fault, service, request);
      if (outcome) return outcome;
    }
  }
  return undefined;
}

function replaced(fault: ActiveFault['fault'], service: Service, request: SignedRequest): Outcome | undefined {
  if (fault.kind === 'reset') return 'reset';
  if (fault.kind === 'service-unavailable') {
    return { status: 503, contentType: 'text/html', body: '<html><body><b>Http/1.1 Service Unavailable</b></body></html>' };
  }
  if (fault.kind === 'unparsable-body') {
    return { status: fault.status ?? 200, contentType: 'application/x-amz-json-1.1', body: '<<not what you expect>>' };
  }
  if (fault.kind === 'empty-page') return request.body.includes('"NextToken"') ? undefined : emptyListPage();
  const error = errorOf(fault);
  return error && service.fail(error);
}

/** The beginning of a JSON text, then blanks of it. */
async function writeEndlessly(response: ServerResponse, status: number): Promise<void> {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.write('{"SecretValues":[');
  const blanks = Buffer.alloc(65_536, ' ');
  const source = new Readable({
    read() {
      this.push(blanks);
    },
  });
  source.pipe(response);
  await once(response, 'close');
  source.destroy();
}

async function hang(active: ActiveFault, response: ServerResponse): Promise<boolean> {
  active.hanging += 1;
  active.mostHanging = Math.max(active.mostHanging, active.hanging);
  try {
    return await goneBefore(response, active.removed);
  } finally {
    active.hanging -= 1;
  }
}

/** Whether the client went away before the fault was removed. */
async function goneBefore(response: ServerResponse, removed: Promise<void>): Promise<boolean> {
  const closed = Promise.withResolvers<'closed'>();
  const onClose = (): void => closed.resolve('closed');
  response.once('close', onClose);
  const first = await Promise.race([removed, closed.promise]);
  response.off('close', onClose);
  return first === 'closed';
}

async function read(incoming: IncomingMessage): Promise<SignedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  return { method: incoming.method ?? '', url: incoming.url ?? '/', headers: incoming.headers, body };
}

/** The Date header is AWS's time: SDK clients correct their clocks by it. */
export function write(world: World, response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, {
    'content-type': reply.contentType,
    'content-length': Buffer.byteLength(reply.body),
    date: new Date(world.clock.wireNow()).toUTCString(),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(reply.body);
}

function logEntry(world: World, service: Service, call: ServiceCall, caller: Authenticated, request: SignedRequest): MutableLogEntry {
  const { principal } = caller;
  return {
    timeMs: world.clock.now(),
    service: service.name,
    operation: call.operation,
    secretIds: call.secretIds,
    account: caller.account,
    region: caller.region,
    accessKeyId: caller.accessKeyId,
    principal: principal?.arn,
    role: principal?.session?.roleArn,
    sessionName: principal?.session?.name,
    userAgent: request.headers['user-agent'],
    status: undefined,
    errorCode: undefined,
  };
}
