// The emulator on its own: `node test/support/aws/main.ts [--port N] [--verify-signatures] [--enforce-iam] [--latency-ms N]`
// prints one line of JSON, {"endpoint":"http://127.0.0.1:NNNN"}, and runs until SIGINT or SIGTERM.
//
// Besides the AWS protocols it answers POST /_emulator/<command> with a JSON object:
//   create {name, value | valueBase64, account?, region?, options?: {tags, description, kmsKeyId, versionId, …}}
//   put {secretId, value | valueBase64, options?: {stages, versionId}}   delete {secretId, force?}   restore, describe {secretId}
//   list {}   move-stage {secretId, stage, to?, from?}   tag {secretId, tags}
//   add-access-key {account, user?, …}   add-role {account, name, trust, …}   add-oidc-provider {issuer, keys}
//   inject {operation?, secretId?, times?, …, fault: {kind, …}} -> {id}   fault {id} -> {hits}   remove-fault {id}
//   stale-reads {operations?, forMs? | lagMs?} -> {id}   release-stale-reads {id}   kms {keyId, state}   advance {ms}   skew {ms}
//   switches {verifySignatures?, enforceIam?, verifyWebIdentity?, latencyMs?, parameterThroughput?}   calls {}   log {last?}   reset-counters {}
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startAwsEmulator } from './emulator.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'verify-signatures': { type: 'boolean', default: false },
    'enforce-iam': { type: 'boolean', default: false },
    'latency-ms': { type: 'string', default: '0' },
  },
});

const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await using emulator = await startAwsEmulator({
  port: Number(values.port),
  verifySignatures: values['verify-signatures'],
  enforceIam: values['enforce-iam'],
  latencyMs: Number(values['latency-ms']),
});
process.stdout.write(`${JSON.stringify({ endpoint: emulator.endpoint })}\n`);
await stopped;
