// The control endpoint for other processes: POST /_emulator/<command> with a JSON object. The response is JSON (400 with `error` for a
// refusal).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { AwsError } from '../aws-error.ts';
import type { AwsEmulator } from '../emulator-surface.ts';
import type { Fault, FaultHandle } from '../faults.ts';
import type { StaleReadsHandle } from '../stale-reads.ts';
import type { SecretsControl } from './secrets-control.ts';

const text = z.string();
const tags = z.record(text, text);
const place = { account: text.optional(), region: text.optional() };
const secret = { ...place, secretId: text };
const value = { value: text.optional(), valueBase64: text.optional() };

interface Session {
  readonly emulator: AwsEmulator;
  readonly faults: Map<string, FaultHandle>;
  readonly stale: Map<string, StaleReadsHandle>;
}
type Command = (session: Session, input: unknown) => unknown;

function command<S extends z.ZodType>(schema: S, run: (session: Session, input: z.output<S>) => unknown): Command {
  return (session, input) => run(session, schema.parse(input)) ?? {};
}

const secretsOf = ({ emulator }: Session, at: { account?: string | undefined; region?: string | undefined }): SecretsControl =>
  emulator.secrets(at.account, at.region);

function valueOf(input: { value?: string | undefined; valueBase64?: string | undefined }): string | Buffer | undefined {
  return input.valueBase64 === undefined ? input.value : Buffer.from(input.valueBase64, 'base64');
}

/** Drops members that are undefined, which exact optional properties do not admit. */
function defined<T extends object>(input: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

const COMMANDS: Readonly<Record<string, Command>> = {
  create: command(z.object({ ...place, ...value, name: text, options: z.looseObject({}).default({}) }), (session, input) =>
    secretsOf(session, input).create(input.name, valueOf(input), input.options),
  ),
  put: command(z.object({ ...secret, ...value, options: z.looseObject({}).default({}) }), (session, input) =>
    secretsOf(session, input).put(input.secretId, valueOf(input) ?? '', input.options),
  ),
  delete: command(z.object({ ...secret, force: z.boolean().default(false) }), (session, input) =>
    secretsOf(session, input).delete(input.secretId, { force: input.force }),
  ),
  restore: command(z.object(secret), (session, input) => secretsOf(session, input).restore(input.secretId)),
  describe: command(z.object(secret), (session, input) => secretsOf(session, input).describe(input.secretId)),
  list: command(z.object(place), (session, input) => secretsOf(session, input).list()),
  'move-stage': command(z.object({ ...secret, stage: text, to: text.optional(), from: text.optional() }), (session, input) =>
    secretsOf(session, input).moveStage(input.secretId, input.stage, defined({ to: input.to, from: input.from })),
  ),
  tag: command(z.object({ ...secret, tags }), (session, input) => secretsOf(session, input).tag(input.secretId, input.tags)),
  'add-access-key': command(z.looseObject({ account: text }), ({ emulator }, input) => emulator.addAccessKey(input)),
  'add-role': command(z.looseObject({ account: text, name: text, trust: z.looseObject({}) }), ({ emulator }, input) => ({
    arn: emulator.addRole(input),
  })),
  'add-oidc-provider': command(z.object({ issuer: text, keys: z.union([text, z.array(z.looseObject({}))]) }), ({ emulator }, input) =>
    emulator.addOidcProvider(input),
  ),
  inject: command(z.looseObject({ fault: z.looseObject({ kind: text }) }), ({ emulator, faults }, input) => {
    const handle = emulator.inject({ ...input, fault: input.fault as unknown as Fault });
    faults.set(handle.id, handle);
    return { id: handle.id };
  }),
  fault: command(z.object({ id: text }), ({ faults }, { id }) => ({ hits: faults.get(id)?.hits ?? 0 })),
  'remove-fault': command(z.object({ id: text }), ({ faults }, { id }) => {
    const handle = faults.get(id);
    handle?.remove();
    faults.delete(id);
    return { removed: handle !== undefined, hits: handle?.hits ?? 0 };
  }),
  'stale-reads': command(z.looseObject({}), ({ emulator, stale }, input) => {
    const handle = emulator.staleReads(input);
    stale.set(handle.id, handle);
    return { id: handle.id };
  }),
  'release-stale-reads': command(z.object({ id: text }), ({ stale }, { id }) => {
    stale.get(id)?.release();
    return { released: stale.delete(id) };
  }),
  'create-queue': command(
    z.strictObject({
      name: text,
      events: z.boolean().optional(),
      visibilityTimeout: z.number().optional(),
      maxReceiveCount: z.int().optional(),
    }),
    ({ emulator }, { name, ...options }) => ({ url: emulator.createQueue(name, defined(options)).url }),
  ),
  kms: command(z.object({ keyId: text, state: z.enum(['enabled', 'disabled', 'denied']) }), ({ emulator }, { keyId, state }) =>
    emulator.kms.setState(keyId, state),
  ),
  advance: command(z.object({ ms: z.number().min(0) }), ({ emulator }, { ms }) => {
    emulator.clock.advance(ms);
    return { nowMs: emulator.clock.now() };
  }),
  skew: command(z.object({ ms: z.number() }), ({ emulator }, { ms }) => emulator.clock.setSkew(ms)),
  switches: command(
    z.strictObject({
      verifySignatures: z.boolean().optional(),
      enforceIam: z.boolean().optional(),
      verifyWebIdentity: z.boolean().optional(),
      latencyMs: z.number().min(0).optional(),
      parameterThroughput: z.number().min(1).optional(),
    }),
    ({ emulator }, input) => Object.assign(emulator.switches, defined(input)),
  ),
  calls: command(z.object({}), ({ emulator: { calls } }) => ({
    total: calls.total,
    byOperation: calls.byOperation,
    connections: calls.connections,
  })),
  log: command(z.object({ last: z.int().min(1).default(1000) }), ({ emulator }, { last }) => ({
    entries: emulator.calls.entries.slice(-last),
  })),
  'reset-counters': command(z.object({}), ({ emulator }) => emulator.resetCounters()),
};

export function controlService(emulator: () => AwsEmulator): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const faults: Session['faults'] = new Map();
  const stale: Session['stale'] = new Map();
  return async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const name = request.url?.slice('/_emulator/'.length) ?? '';
    const { status, body } = execute({ emulator: emulator(), faults, stale }, name, Buffer.concat(chunks).toString());
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

function execute(session: Session, name: string, json: string): { readonly status: number; readonly body: unknown } {
  const run = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!run) return { status: 404, body: { error: 'UnknownCommand', message: `commands: ${Object.keys(COMMANDS).join(', ')}` } };
  try {
    return { status: 200, body: run(session, json === '' ? {} : JSON.parse(json)) };
  } catch (error) {
    if (error instanceof AwsError) return { status: 400, body: { error: error.code, message: error.message } };
    if (error instanceof z.ZodError || error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError) {
      return { status: 400, body: { error: error.name, message: error.message } };
    }
    throw error;
  }
}
