// Runs synchronous clean-up when this process ends by itself or by SIGINT, SIGTERM or SIGHUP. (After SIGKILL the next start removes the
// remains.)

type Hook = () => void;

const hooks = new Set<Hook>();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let installed = false;

/** Registers a hook until the returned function is called. Hooks must not throw and cannot wait. */
export function onExit(hook: Hook): () => void {
  install();
  hooks.add(hook);
  return () => hooks.delete(hook);
}

function install(): void {
  if (installed) return;
  installed = true;
  process.on('exit', runHooks);
  // First in line: a listener added with `once` is off the count by the time it runs.
  for (const signal of SIGNALS) process.prependListener(signal, handleSignal);
}

function handleSignal(signal: NodeJS.Signals): void {
  // Somebody else listens too: they decide how this process ends, and its exit runs the hooks.
  if (process.listenerCount(signal) > 1) return;
  runHooks();
  process.removeListener(signal, handleSignal);
  process.kill(process.pid, signal); // without a listener the signal's own effect applies, with the exit status that a parent expects
}

function runHooks(): void {
  for (const hook of [...hooks].toReversed()) hook();
  hooks.clear();
}
