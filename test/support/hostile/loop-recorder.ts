// Runs inside the operator (node --import): records each turn of its event loop that used the processor for long. It measures the processor
// time of the main thread and not the wall clock time, so that a busy machine does not count against the operator. It also records the time
// without the processor.
import { appendFileSync } from 'node:fs';

const LOOK_EVERY_MS = 5;
/** Shorter times are not written down. */
const LONG_MS = 20;
/** A line is written this often at least: a turn that has no end yet shows by the lack of it. */
const HEARTBEAT_MS = 500;
const MICROSECONDS = 1_000;

const path = process.env['KEYTENDER_TEST_LOOP_RECORD'];
if (path !== undefined) {
  let before = process.threadCpuUsage();
  let lookedAt = performance.now();
  let writtenAt = 0;
  const look = (): void => {
    const { user, system } = process.threadCpuUsage(before);
    const now = performance.now();
    const busyMs = (user + system) / MICROSECONDS;
    const keptMs = now - lookedAt - LOOK_EVERY_MS - busyMs;
    if (busyMs >= LONG_MS || keptMs >= LONG_MS || now - writtenAt >= HEARTBEAT_MS) {
      const total = process.threadCpuUsage();
      const totalMs = (total.user + total.system) / MICROSECONDS;
      appendFileSync(path, `${JSON.stringify({ at: Date.now(), busyMs, keptMs, totalMs })}\n`);
      writtenAt = now;
    }
    before = process.threadCpuUsage();
    lookedAt = now;
    setTimeout(look, LOOK_EVERY_MS).unref();
  };
  look();
}
