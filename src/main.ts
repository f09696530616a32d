#!/usr/bin/env node
/** The entry point of the process: parses the arguments, runs the operator until SIGTERM or SIGINT, and sets the exit code. */
import { isAbortBy } from './base/abort.ts';
import { parseInvocation, type Config } from './config.ts';
import { version } from './version.ts';

/** Maximum time from a signal, the loss of the lease, or a defect to the exit. The kubelet kills the container after 30 s by default. */
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
      return runUntilSignal(invocation.config);
    default:
      return invocation satisfies never;
  }
}

/** The process must exit even if a part of the work does not end. */
function limitEnd(): void {
  setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
}

async function runUntilSignal(config: Config): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // A second signal exits at once.
      if (stop.signal.aborted) process.exit(1);
      stop.abort();
      limitEnd();
    });
  }
  // Loaded late, so that --help and --version are fast.
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
