/**
 * Every regular expression of `src` runs over foreign text, on the event loop that all tenants share. Each is tried on long texts made of
 * its own parts. The time must be far below the limit of 50 ms for one step; for other expressions the list states their longest input.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { sample as generate, stringMatching } from 'fast-check';

const SOURCES = join(import.meta.dirname, '../../../src');
/** The shorter ones show what is quadratic for every character without minutes of waiting, the longest what is so for a long beginning. */
const LENGTHS = [8 * 1024, 64 * 1024];
const MAX_SAMPLES = 24;
/** What one step may take. */
const MAX_MS = 50;

/** Texts that the code itself has cut or that have a bound of their own before these expressions see them, in characters. */
const BOUNDED: ReadonlyMap<string, number> = new Map([
  // Names of Kubernetes objects.
  ['/[^a-z0-9]+$/', 253],
  // The note of an Event, in U+FFFD of three bytes each.
  [String.raw`/\uFFFD+$/`, 1_024],
  // A duration whose shape, which bounds it, has been checked.
  [String.raw`/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/`, 256],
  // Path of the API server in the operator's own kubeconfig.
  [String.raw`/\/+$/`, 512],
]);

const LITERAL = /(?<=[=(,:!?]\s*|^\s*)\/(?![*/])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([gimsuy]*)(?=[.,;)\s])/gm;

interface Found {
  readonly where: string;
  readonly expression: RegExp;
}

function expressionsOf(file: string): readonly Found[] {
  const text = readFileSync(join(SOURCES, file), 'utf8');
  return [...text.matchAll(LITERAL)].map(([, source = '', flags = '']) => ({
    where: `${file}: /${source}/${flags}`,
    expression: new RegExp(source, flags.replaceAll(/[gy]/g, '')),
  }));
}

const found = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('codegen'))
  .flatMap(expressionsOf);

/** Texts that match the expression or a part of it from its beginning. */
function samplesOf({ source, flags }: RegExp): readonly string[] {
  const samples = new Set<string>(['a', '0', '-', ':', '/', '\n', ' ', '\uFFFD', '!']);
  // The generator knows printable characters only.
  const printable = source.replaceAll(String.raw`[^\x20-\x7e]`, '~');
  for (let end = printable.length; end > 0; end -= 1) {
    try {
      const part = new RegExp(printable.slice(0, end).replace(/^\^/, ''), flags);
      for (const sample of generate(stringMatching(part, { size: 'xsmall' }), { numRuns: 2, seed: 10 })) samples.add(sample.slice(0, 64));
    } catch {
      // Half of a group or a class is no expression, and of a few constructs no text can be generated.
    }
  }
  samples.delete('');
  return [...samples].slice(0, MAX_SAMPLES);
}

/** The first text of so many characters that takes too long, as a person can read it. */
function slowTextOf(expression: RegExp, samples: readonly string[], length: number): string | undefined {
  for (const sample of samples) {
    const pumped = sample.repeat(Math.ceil(length / sample.length)).slice(0, length - 1);
    for (const end of ['', '\n', '!']) {
      if (isSlow(() => expression.exec(`${pumped}${end}`))) return JSON.stringify(`${sample}…${end}, ${length} characters`);
    }
  }
  return undefined;
}

/** Twice in a row: other processes share the machine. */
function isSlow(action: () => unknown): boolean {
  return [1, 2].every(() => {
    const start = performance.now();
    action();
    return performance.now() - start > MAX_MS;
  });
}

describe('regular expressions', () => {
  it('are found', () => {
    expect(found.length).toBeGreaterThan(40);
    expect(found.map(({ where }) => where)).toContain('kube/rest/errors.ts: /exceeded quota: ([a-z0-9.-]{1,253})/');
  });

  it.each(found.map((one) => [one.where, one] as const))('%s', (_, { expression }) => {
    const samples = samplesOf(expression);
    const bound = BOUNDED.get(String(expression));
    const slowest = (bound === undefined ? LENGTHS : [bound]).reduce<string | undefined>(
      (slow, length) => slow ?? slowTextOf(expression, samples, length),
      undefined,
    );
    expect(slowest).toBeUndefined();
  });
});
