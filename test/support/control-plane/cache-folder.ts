// The folder for files of test support that are expensive to make: <XDG_CACHE_HOME or ~/.cache>/keytender.
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The folder for everything this project caches for a user; it need not exist yet. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const xdg = env['XDG_CACHE_HOME'];
  // The XDG specification says to ignore a relative path.
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache');
  return join(base, 'keytender');
}
