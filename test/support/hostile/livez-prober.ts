// A separate process, so that the load of the test does not delay it: polls /livez and prints the slowest responses. Usage: node
// livez-prober.ts URL. Each line is a new slowest response or a new greatest delay of this process's own timer, which is the noise of the
// machine.
import { get } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const ASK_EVERY_MS = 25;
const GIVE_UP_MS = 30_000;
const NANOSECONDS = 1e6;
const WARM_UP = 3;
const HANGS_MS = 250;

const [url = ''] = process.argv.slice(2);
const delays = monitorEventLoopDelay({ resolution: 5 });
delays.enable();
let slowestMs = 0;
let noiseMs = 0;
let unanswered = 0;
// The first calls load the HTTP client.
for (let warm = 0; warm < WARM_UP; warm += 1) await ask();
delays.reset();
let pendingSince: number | undefined;
// One that hangs is told before it has ended.
setInterval(() => {
  if (pendingSince !== undefined && performance.now() - pendingSince > Math.max(slowestMs, HANGS_MS))
    tell(performance.now() - pendingSince, 0);
}, HANGS_MS);
for (;;) {
  const asked = performance.now();
  pendingSince = asked;
  const answered = await ask();
  pendingSince = undefined;
  const tookMs = performance.now() - asked;
  const delayMs = delays.max / NANOSECONDS;
  if (!answered) unanswered += 1;
  if (!answered || tookMs > slowestMs || delayMs > noiseMs) tell(tookMs, delayMs);
  await sleep(ASK_EVERY_MS);
}

function tell(tookMs: number, delayMs: number): void {
  slowestMs = Math.max(slowestMs, tookMs);
  noiseMs = Math.max(noiseMs, delayMs);
  process.stdout.write(`${JSON.stringify({ slowestMs, noiseMs, unanswered })}\n`);
}

/** Whether there was an answer, be it a bad one. On a connection of its own, as the kubelet asks. */
function ask(): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: GIVE_UP_MS }, (response) => {
      response.resume();
      response.once('end', () => resolve(true));
      response.once('error', () => resolve(false));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
