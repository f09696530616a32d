import { describe, expect, it } from '@jest/globals';
import { reportHealth } from '../../../../src/telemetry/server/health-checks.ts';

const healthy = (): undefined => undefined;
const query = (verbose = false, ...exclude: string[]) => ({ verbose, exclude: new Set(exclude) });

describe('reportHealth', () => {
  it('says ok in short, and every check by name when asked', () => {
    const checks = { watches: healthy, 'event-loop': healthy };
    expect(reportHealth('livez', checks, query())).toEqual({ healthy: true, text: 'ok' });
    expect(reportHealth('livez', checks, query(true)).text).toBe('[+]event-loop ok\n[+]ping ok\n[+]watches ok\nlivez check passed');
  });

  it('names what failed and why, also when not asked', () => {
    const report = reportHealth('readyz', { synced: () => 'not listed yet: Secret', other: healthy }, query());
    expect(report).toEqual({
      healthy: false,
      text: '[+]other ok\n[+]ping ok\n[-]synced failed: not listed yet: Secret\nreadyz check failed',
    });
  });

  it('says a note to who asks for everything, without failing for it', () => {
    const checks = { synced: () => ({ note: 'not listed: DaemonSet in the cluster' }) };
    expect(reportHealth('readyz', checks, query())).toEqual({ healthy: true, text: 'ok' });
    const lines = '[+]ping ok\n[+]synced ok: not listed: DaemonSet in the cluster\nreadyz check passed';
    expect(reportHealth('readyz', checks, query(true))).toEqual({ healthy: true, text: lines });
  });

  it('leaves checks out, and says when one does not exist', () => {
    let runs = 0;
    const counted = (): string => `run ${(runs += 1)}`;
    const report = reportHealth('livez', { counted }, query(true, 'counted', 'no\nsuch'));
    expect(report.healthy).toBe(true);
    expect(report.text).toContain('[+]counted excluded: ok');
    expect(report.text).toContain(String.raw`no matches for "no\nsuch"`);
    expect(runs).toBe(0);
  });

  it('takes a check that throws for a failed one, without its message', () => {
    const report = reportHealth(
      'livez',
      {
        broken: () => {
          throw new Error('canary');
        },
      },
      query(),
    );
    expect(report.healthy).toBe(false);
    expect(report.text).not.toContain('canary');
  });
});
