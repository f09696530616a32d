// An application with a database, in pods of the e2e tests: connects to PostgreSQL every 200 ms with the credential in its files (below
// FILES; read each time) or else in its environment, and prints the result.
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

const { SALT = '', FILES = '', HOST = '', PORT = '' } = process.env;
const PERIOD_MS = 200;

interface Credential {
  readonly user: string;
  readonly password: string;
}

/** User and password of one moment: kubelet swaps the link `..data` when it has written both. */
function credential(): Credential {
  if (FILES === '') return { user: process.env['USERNAME'] ?? '', password: process.env['PASSWORD'] ?? '' };
  const folder = realpathSync(join(FILES, '..data'));
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return { user: read('username'), password: read('password') };
}

/** The user as whom the database has let us in; else the SQLSTATE or the name of the error. */
async function attempt({ user, password }: Credential): Promise<{ readonly as: string } | { readonly problem: string }> {
  const client = new Client({ host: HOST, port: Number(PORT), database: 'ledger', user, password, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // the same failure rejects what is awaited below
  try {
    await client.connect();
    const { rows } = await client.query<{ current_user: string }>('select current_user');
    return { as: rows[0]?.current_user ?? '' };
  } catch (error) {
    return { problem: codeOf(error) };
  } finally {
    await client.end();
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error ? String(error.code) : error.message;
}

let healthy = false;
createServer((_request, response) => {
  response.statusCode = healthy ? 200 : 503;
  response.end();
}).listen(8080);
process.on('SIGTERM', () => process.exit(0));

for (;;) {
  const at = Date.now();
  const used = credential();
  const outcome = await attempt(used);
  healthy = 'as' in outcome;
  const digest = createHash('sha256').update(SALT).update(used.password).digest('hex');
  process.stdout.write(`${JSON.stringify({ at, ms: Date.now() - at, digest, ...outcome })}\n`);
  await sleep(Math.max(0, PERIOD_MS - (Date.now() - at)));
}
