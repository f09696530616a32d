// Extends two scrapes of real processes to the time range of the alerts: counters continue to grow at the same rate, and gauges keep the
// values of the second scrape.
import { SeriesStore, type Labels } from './series.ts';

/** undefined: it did not answer. */
export interface TwoScrapes {
  readonly target: Labels;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const EVERY_MS = 30_000;
const GROWING: ReadonlySet<string> = new Set(['counter', 'histogram']);

/** `elapsedMs`: between the scrapes. `untilMs`: the end of the story, which begins at 0. */
export function stretch(scrapes: readonly TwoScrapes[], elapsedMs: number, untilMs: number): SeriesStore {
  const store = new SeriesStore();
  for (let at = 0; at <= untilMs; at += EVERY_MS) {
    for (const { target, before, after } of scrapes) {
      store.scraped(target, at, after === undefined ? undefined : textAt(before ?? '', after, at / elapsedMs));
    }
  }
  return store;
}

function textAt(before: string, after: string, times: number): string {
  const known = new Map(samplesOf(before));
  const types = new Map(Array.from(after.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = '', type = '']) => [name, type]));
  const lines = samplesOf(after).map(([series, value]) => {
    const name = series.replace(/\{.*$/, '');
    const type = types.get(name) ?? types.get(name.replace(/_(bucket|sum|count)$/, '')) ?? '';
    if (!GROWING.has(type)) return `${series} ${value}`;
    const first = known.get(series) ?? 0;
    return `${series} ${first + (value - first) * times}`;
  });
  return lines.join('\n');
}

function samplesOf(text: string): readonly (readonly [series: string, value: number])[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1).replace('+Inf', 'Infinity'))]);
}
