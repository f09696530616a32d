/** spec.restart as a policy, and which workloads it is for. Checks what the schema cannot: durations, cron, time zones, labels. Pure. */
import type { LabelSelector } from '../../api/object/label-selector.ts';
import { isLabelKey, isLabelValue } from '../../api/schema/qualified-name.ts';
import type { RestartSpec } from '../../api/schema/restart.ts';
import { quote } from '../../base/excerpt.ts';
import { ok } from '../../base/result.ts';
import { parseCron } from '../../base/schedule/cron-expression.ts';
import { parseWindow, type WindowSpec } from '../../base/schedule/schedule-window.ts';
import { isTimeZone } from '../../base/schedule/time-zone.ts';
import { type Ms, ms } from '../../base/time/clock.ts';
import { formatDuration, parseDuration } from '../../base/time/duration.ts';
import { fail, type Outcome } from '../../failure/failure.ts';
import type { ConsumerKind } from '../consumer/consumer.ts';
import { defaultPolicy, type RestartPolicy, type RestartWave } from './policy.ts';

/** Workloads of one kind: one by its name, or several by their labels. */
export type RestartMember = { readonly kind: ConsumerKind } & ({ readonly name: string } | { readonly selector: LabelSelector });

export interface RestartRequest {
  readonly policy: RestartPolicy;
  /** discover: all workloads of the namespace that consume the Secret. none: an ExternalSecret without restarts. */
  readonly members: 'none' | 'discover' | readonly RestartMember[];
  /** The keys of the Secret whose changes count. */
  readonly keys: 'all' | readonly string[];
}

/** Fails with InvalidSpec; the message begins with the field. Undefined: the ExternalSecret has no spec.restart. */
export function restartRequestOf(restart: RestartSpec | undefined): Outcome<RestartRequest> {
  if (restart === undefined) return ok({ policy: defaultPolicy, members: 'none', keys: 'all' });
  const policy = policyOf(restart);
  if (!policy.ok) return policy;
  const members = membersOf(restart);
  return members.ok ? ok({ policy: policy.value, members: members.value, keys: restart.keys ?? 'all' }) : members;
}

/** Fails with InvalidSpec; the message begins with the field. */
export function policyOf(restart: RestartSpec): Outcome<RestartPolicy> {
  const times = timesOf(restart);
  if (!times.ok) return times;
  const windows = collect(restart.windows ?? [], windowOf);
  if (!windows.ok) return windows;
  const waves = collect(restart.waves ?? [], waveOf);
  if (!waves.ok) return waves;
  const { maxConcurrent, ...chosen } = chosenIn(restart);
  return ok({
    ...defaultPolicy,
    ...chosen,
    ...(maxConcurrent === undefined ? {} : { maxConcurrent: maxConcurrent === 0 ? Infinity : maxConcurrent }),
    ...times.value,
    windows: windows.value,
    waves: waves.value,
  });
}

/** The fields without a further meaning, as far as they are set. */
function chosenIn(restart: RestartSpec): Partial<RestartPolicy> {
  const { maxConcurrent, missed, suspend, dryRun, maxFailures, onFailure } = restart;
  const fields = Object.entries({ maxConcurrent, missed, suspend, dryRun, maxFailures, onFailure });
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const LONGEST_SOAK = ms(168 * HOUR_MS);

interface Range {
  readonly least: Ms;
  readonly most: Ms;
}

const RANGES: Readonly<Record<'settle' | 'minInterval' | 'timeout', Range>> = {
  settle: { least: ms(0), most: ms(60 * SECOND_MS) },
  minInterval: { least: ms(0), most: ms(720 * HOUR_MS) },
  timeout: { least: ms(SECOND_MS), most: ms(24 * HOUR_MS) },
};

function timesOf(restart: RestartSpec): Outcome<Pick<RestartPolicy, 'settle' | 'minInterval' | 'timeout'>> {
  const times = { settle: defaultPolicy.settle, minInterval: defaultPolicy.minInterval, timeout: defaultPolicy.timeout };
  for (const field of ['settle', 'minInterval', 'timeout'] as const) {
    const text = restart[field];
    const time = text === undefined ? ok(times[field]) : durationOf(text, `spec.restart.${field}`, RANGES[field]);
    if (!time.ok) return time;
    times[field] = time.value;
  }
  return ok(times);
}

function durationOf(text: string, field: string, { least, most }: Range): Outcome<Ms> {
  const duration = parseDuration(text);
  if (duration !== undefined && duration >= least && duration <= most) return ok(duration);
  const from = least === 0 ? '0' : formatDuration(least);
  return fail('InvalidSpec', `${field}: ${quote(text)} is not a duration of ${from} to ${formatDuration(most)}`);
}

type WindowField = NonNullable<RestartSpec['windows']>[number];
type WaveField = NonNullable<RestartSpec['waves']>[number];
type SelectorField = NonNullable<WaveField['selector']>;

function windowOf({ cron, timeZone: zone = 'UTC', duration: text }: WindowField, index: number): Outcome<WindowSpec> {
  const field = `spec.restart.windows[${index}]`;
  const duration = parseDuration(text);
  if (duration === undefined) return fail('InvalidSpec', `${field}.duration: ${quote(text)} is not a duration`);
  const window = { cron, zone, duration };
  const parsed = parseWindow(window);
  return parsed.ok ? ok(window) : fail('InvalidSpec', `${field}.${wrongIn(window)}: ${parsed.failure}`);
}

function wrongIn({ cron, zone }: WindowSpec): 'cron' | 'timeZone' | 'duration' {
  if (!parseCron(cron).ok) return 'cron';
  return isTimeZone(zone) ? 'duration' : 'timeZone';
}

function waveOf({ name, selector, soak = '0' }: WaveField, index: number): Outcome<RestartWave> {
  const field = `spec.restart.waves[${index}]`;
  const time = durationOf(soak, `${field}.soak`, { least: ms(0), most: LONGEST_SOAK });
  if (!time.ok) return time;
  if (selector === undefined) return ok({ name, soak: time.value });
  const selected = selectorOf(selector, `${field}.selector`);
  return selected.ok ? ok({ name, soak: time.value, selector: selected.value }) : selected;
}

function membersOf({ mode = 'Targets', targets = [] }: RestartSpec): Outcome<RestartRequest['members']> {
  if (mode === 'None') return ok('none');
  return mode === 'Discover' ? ok('discover') : collect(targets, memberOf);
}

function memberOf({ kind, name, selector }: NonNullable<RestartSpec['targets']>[number], index: number): Outcome<RestartMember> {
  const field = `spec.restart.targets[${index}]`;
  if (name !== undefined) return ok({ kind, name });
  // The schema refuses it, but the CRD may be older than this code.
  if (selector === undefined) return fail('InvalidSpec', `${field}: set either name or selector`);
  const selected = selectorOf(selector, `${field}.selector`);
  return selected.ok ? ok({ kind, selector: selected.value }) : selected;
}

/** A selector with a key or value that no label can have would select nothing without notice. */
function selectorOf({ matchLabels, matchExpressions }: SelectorField, field: string): Outcome<LabelSelector> {
  const expressions = (matchExpressions ?? []).map(({ key, operator, values }) => ({ key, operator, ...(values && { values }) }));
  const keys = [...Object.keys(matchLabels ?? {}), ...expressions.map(({ key }) => key)];
  const values = [...Object.values(matchLabels ?? {}), ...expressions.flatMap(({ values: some = [] }) => some)];
  const wrong = keys.find((key) => !isLabelKey(key)) ?? values.find((value) => !isLabelValue(value));
  if (wrong !== undefined) return fail('InvalidSpec', `${field}: no label can have the key or value ${quote(wrong)}`);
  return ok({ ...(matchLabels && { matchLabels }), ...(expressions.length > 0 && { matchExpressions: expressions }) });
}

/** All results, or the first failure. */
function collect<F, T>(fields: readonly F[], convert: (field: F, index: number) => Outcome<T>): Outcome<readonly T[]> {
  const results: T[] = [];
  for (const [index, field] of fields.entries()) {
    const result = convert(field, index);
    if (!result.ok) return result;
    results.push(result.value);
  }
  return ok(results);
}
