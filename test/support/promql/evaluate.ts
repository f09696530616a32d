// Evaluates the expressions of parse.ts at a time, like Prometheus.
import { histogramQuantile, increase } from './functions.ts';
import { durationMs, type Expression, type Matcher, type Operator, parse } from './parse.ts';
import { identityOf, type Labels, type Point, type Sample, type SeriesStore } from './series.ts';

/** A sample counts for so long when no newer one comes. */
const LOOKBACK_MS = 5 * 60_000;

export type Value = number | readonly Sample[];

export function evaluate(expression: Expression, store: SeriesStore, at: number): Value {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'selector':
      return select(expression, store).flatMap(({ labels, points }) => {
        const latest = points.findLast((point) => point.at <= at && point.at > at - LOOKBACK_MS);
        return latest === undefined ? [] : [{ labels, value: latest.value }];
      });
    case 'aggregate':
      return aggregate(expression, vector(evaluate(expression.of, store, at)));
    case 'call':
      return call(expression.name, expression.arguments, store, at);
    case 'binary':
      return binary(expression.operator, evaluate(expression.left, store, at), evaluate(expression.right, store, at));
    default:
      return expression satisfies never;
  }
}

/** Whether an alert with this expression fires: it has given something at each evaluation for as long as `lasting`, such as "5m". */
export function fires(source: string, lasting: string, store: SeriesStore, at: number, everyMs = 30_000): boolean {
  const expression = parse(source);
  for (let moment = at - durationMs(lasting); moment <= at; moment += everyMs) {
    if (vector(evaluate(expression, store, moment)).length === 0) return false;
  }
  return true;
}

function select({ name, matchers }: Extract<Expression, { kind: 'selector' }>, store: SeriesStore) {
  return [...store.all()].filter(({ labels }) => labels['__name__'] === name && matchers.every((matcher) => matches(matcher, labels)));
}

function matches({ label, operator, value }: Matcher, labels: Labels): boolean {
  const found = labels[label] ?? '';
  const equal = operator === '=' || operator === '!=' ? found === value : new RegExp(`^(?:${value})$`).test(found);
  return operator === '=' || operator === '=~' ? equal : !equal;
}

function aggregate({ operator, by }: Extract<Expression, { kind: 'aggregate' }>, samples: readonly Sample[]): readonly Sample[] {
  const groups = new Map<string, { readonly labels: Labels; readonly values: number[] }>();
  for (const { labels, value } of samples) {
    const kept = Object.fromEntries(by.flatMap((label) => (labels[label] === undefined ? [] : [[label, labels[label]]])));
    const group = groups.get(identityOf(kept)) ?? { labels: kept, values: [] };
    groups.set(identityOf(kept), group);
    group.values.push(value);
  }
  return Array.from(groups.values(), ({ labels, values }) => ({
    labels,
    value: operator === 'sum' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values),
  }));
}

function call(name: string, given: readonly Expression[], store: SeriesStore, at: number): Value {
  const [first, second] = given;
  if (first === undefined) throw new SyntaxError(`${name} of nothing`);
  switch (name) {
    case 'increase':
    case 'rate': {
      if (first.kind !== 'selector' || first.rangeMs === undefined) throw new SyntaxError(`${name} wants a range`);
      const seconds = first.rangeMs / 1_000;
      return grown(select(first, store), at - first.rangeMs, at).map(({ labels, value }) => ({
        labels,
        value: name === 'rate' ? value / seconds : value,
      }));
    }
    case 'absent':
      return vector(evaluate(first, store, at)).length > 0 ? [] : [{ labels: {}, value: 1 }];
    case 'histogram_quantile':
      if (first.kind !== 'number' || second === undefined) throw new SyntaxError('histogram_quantile wants a number and buckets');
      return histogramQuantile(first.value, vector(evaluate(second, store, at)));
    default:
      throw new SyntaxError(`no function ${name}`);
  }
}

function grown(
  series: readonly { readonly labels: Labels; readonly points: readonly Point[] }[],
  from: number,
  to: number,
): readonly Sample[] {
  return series.flatMap(({ labels, points }) => {
    const value = increase(points, from, to);
    return value === undefined ? [] : [{ labels: unnamed(labels), value }];
  });
}

function binary(operator: Operator, left: Value, right: Value): Value {
  if (operator === 'or') {
    const known = new Set(vector(left).map(({ labels }) => identityOf(unnamed(labels))));
    return [...vector(left), ...vector(right).filter(({ labels }) => !known.has(identityOf(unnamed(labels))))];
  }
  const samples = vector(left);
  const partner = (labels: Labels): number | undefined =>
    typeof right === 'number' ? right : right.find((other) => identityOf(unnamed(other.labels)) === identityOf(unnamed(labels)))?.value;
  return samples.flatMap(({ labels, value }) => {
    const other = partner(labels);
    if (other === undefined) return [];
    if (operator === '/') return [{ labels: unnamed(labels), value: value / other }];
    return (operator === '>' ? value > other : value === other) ? [{ labels, value }] : [];
  });
}

function unnamed({ __name__: _name, ...labels }: Labels): Labels {
  return labels;
}

function vector(value: Value): readonly Sample[] {
  if (typeof value === 'number') throw new SyntaxError('a number where series are wanted');
  return value;
}
