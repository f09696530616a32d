// An application of a user, in pods of the e2e tests: prints a digest of each value in its environment (NAMES) and in its files (below
// FILES), at its start and after each change of a file, and reports its health on port 8080.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const { SALT = '', FILES = '', NAMES = '' } = process.env;
const LOOK_MS = 50;

/** A line of the log: where the value was seen, and when, in milliseconds since the epoch. */
function print(source: 'env' | 'file', key: string, value: string | Buffer): void {
  const digest = createHash('sha256').update(SALT).update(value).digest('hex');
  process.stdout.write(`${JSON.stringify({ at: Date.now(), source, key, digest })}\n`);
}

for (const name of NAMES.split(',').filter(Boolean)) print('env', name, process.env[name] ?? '');

const seen = new Map<string, string>();

function look(): void {
  // kubelet swaps this link when it has written all files, so that the files below one folder are of one moment.
  const folder = realpathSync(join(FILES, '..data'));
  for (const key of readdirSync(folder)) {
    const value = readFileSync(join(folder, key));
    const text = value.toString('base64');
    if (seen.get(key) === text) continue;
    seen.set(key, text);
    print('file', key, value);
  }
}

function lookAgain(): void {
  try {
    look();
  } catch (error) {
    // The folder has just been swapped for the next one.
    if (!existsSync(FILES)) throw error;
  }
}

if (FILES !== '') setInterval(lookAgain, LOOK_MS);
const server = createServer((_request, response) => response.end('ok')).listen(8080);
process.on('SIGTERM', () => process.exit(0));
process.on('exit', () => server.close());
