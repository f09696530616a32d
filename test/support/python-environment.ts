// Virtual environments of Python with packages from PyPI, made once in the user's cache.
import { execFile } from 'node:child_process';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 300_000;

/** The folder of programs of an environment with exactly these packages (`name==version`), or the reason why there is none. */
export async function providePython(
  name: string,
  packages: readonly string[],
): Promise<{ readonly bin: string } | { readonly missing: string }> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'keytender');
  const home = join(cache, name);
  const bin = join(home, 'bin');
  if (await exists(join(bin, 'python'))) return { bin };
  // Built beside its place and moved there when complete, so that an interrupted installation is never taken for a whole one.
  const building = `${home}.${process.pid}`;
  try {
    await mkdir(cache, { recursive: true });
    await run('python3', ['-m', 'venv', building], { timeout: INSTALL_TIMEOUT_MS });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1', '--timeout', '15'];
    await run(join(building, 'bin', 'python'), [...pip, ...packages], { timeout: INSTALL_TIMEOUT_MS });
    await rename(building, home);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    // Another run may have been faster.
    if (!(await exists(join(bin, 'python')))) return { missing: firstLine(error) };
  }
  return { bin };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim() || message).split('\n').at(-1) ?? message;
}
