// Prepares a fresh checkout: only Node's own modules, so that it runs before the installation (Node >= 20). Installs the locked packages if
// they are missing or older than the lockfile, and prints this. All later steps run Node 24 from node_modules.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const marker = join(root, 'node_modules', '.package-lock.json');
const lockfile = join(root, 'package-lock.json');

function upToDate() {
  return (
    existsSync(marker) && existsSync(join(root, 'node_modules', '.bin', 'node')) && statSync(marker).mtimeMs >= statSync(lockfile).mtimeMs
  );
}

if (!upToDate()) {
  const started = Date.now();
  process.stderr.write('setup: installing the locked npm packages (about half a minute)\n');
  // Not "npm ci": it refuses a lockfile that lacks native packages of platforms which its maker's registry didn't offer; this takes the locked versions too.
  const npm = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (npm.status !== 0) {
    process.stderr.write(`setup: "npm install" ended with ${npm.status ?? npm.signal}\n`);
    process.exit(1);
  }
  process.stderr.write(`setup: packages installed in ${Math.round((Date.now() - started) / 1000)} s\n`);
}
