// Series in the form of Prometheus: the samples of targets, with the labels of the target.

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface Point {
  /** Milliseconds. */
  readonly at: number;
  readonly value: number;
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The samples of one scrape in the text format (https://prometheus.io/docs/instrumenting/exposition_formats/); the name is the label `__name__`. */
export function parseExposition(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    if (line === '' || line.startsWith('#')) return [];
    const [, name = '', labels = '', value = ''] = LINE.exec(line) ?? [];
    if (name === '') throw new SyntaxError(`no sample: ${line}`);
    const pairs = Array.from(labels.matchAll(LABEL), ([, label = '', quoted = '']) => [label, quoted.replaceAll(/\\(.)/g, '$1')] as const);
    return [{ labels: { __name__: name, ...Object.fromEntries(pairs) }, value: numberOf(value) }];
  });
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return Number(text);
}

export class SeriesStore {
  readonly #series = new Map<string, { readonly labels: Labels; readonly points: Point[] }>();

  /** One scrape of a target, in the order of time; undefined: it did not answer. A label of the target hides an exposed one of that name. */
  scraped(target: Labels, at: number, text: string | undefined): void {
    this.#add({ __name__: 'up', ...target }, at, text === undefined ? 0 : 1);
    for (const { labels, value } of parseExposition(text ?? '')) {
      const exported = Object.entries(labels).map(([label, own]) => [Object.hasOwn(target, label) ? `exported_${label}` : label, own]);
      this.#add({ ...Object.fromEntries(exported), ...target }, at, value);
    }
  }

  all(): Iterable<{ readonly labels: Labels; readonly points: readonly Point[] }> {
    return this.#series.values();
  }

  #add(labels: Labels, at: number, value: number): void {
    const id = identityOf(labels);
    const series = this.#series.get(id) ?? { labels, points: [] };
    this.#series.set(id, series);
    series.points.push({ at, value });
  }
}

export function identityOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1)));
}
