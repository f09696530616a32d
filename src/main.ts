#!/usr/bin/env node
/** The process: arguments in, exit code out; signals end it in order. */
import { isAbortBy } from './base/abort.ts';
import { parseInvocation, type Config } from './config.ts';
import { version } from './version.ts';

/** From the begin of the end: asked to stop, the lease lost, a defect. The kubelet kills after 30 s by default; being done long before leaves room. */
const STOP_LIMIT_MS = 9_500;

async function main(): Promise<number> {
  const invocation = parseInvocation(process.argv.slice(2), process.env, version);
  switch (invocation.kind) {
    case 'help':
    case 'version':
      process.stdout.write(invocation.text);
      return 0;
    case 'error':
      process.stderr.write(`${invocation.line}\n`);
      return 2;
    case 'run':
      return runUntilStopped(invocation.config);
    default:
      return invocation satisfies never;
  }
}

/** Work that hangs must not keep the process alive. */
function limitEnd(): void {
  setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
}

async function runUntilStopped(config: Config): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // Asked again: somebody is in a hurry.
      if (stop.signal.aborted) process.exit(1);
      stop.abort();
      limitEnd();
    });
  }
  // Only now: whoever asks for help need not wait for it.
  const [{ runOperator }, { StartupError }] = await Promise.all([import('./app.ts'), import('./app/connect.ts')]);
  try {
    return await runOperator(config, stop.signal, limitEnd);
  } catch (error) {
    if (isAbortBy(stop.signal, error)) return 0;
    if (!(error instanceof StartupError)) throw error;
    process.stderr.write(`keytender: ${error.message}\n`);
    return 1;
  }
}

process.exitCode = await main();
