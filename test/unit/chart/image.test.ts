// The rules of the image, read from the Dockerfile, because there may be no engine for a build.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { flagsInContainer, imageStart } from '../../support/operator/image-start.ts';

interface Instruction {
  readonly name: string;
  readonly text: string;
}

const rootFile = (name: string): string => readFileSync(fileURLToPath(new URL(`../../../${name}`, import.meta.url)), 'utf8');
const instructions = parseDockerfile(rootFile('Dockerfile'));
const stages = splitStages(instructions);
const runtime = stages.at(-1) ?? [];

describe('the image', () => {
  it('takes its base images as arguments, neither of them "latest"', () => {
    const defaults = argumentsOf(
      instructions.slice(
        0,
        instructions.findIndex(({ name }) => name === 'FROM'),
      ),
    );
    expect([...defaults.keys()]).toEqual(['NODE_IMAGE', 'RUNTIME_IMAGE']);
    for (const image of defaults.values()) expect(image).toMatch(/^[\w./-]+:(?!.*latest)[\w.-]+$/);
    expect(instructions.filter(({ name }) => name === 'FROM').map(({ text }) => text)).toEqual([
      '--platform=$BUILDPLATFORM ${NODE_IMAGE} AS packages',
      'packages AS build',
      'packages AS app',
      '${RUNTIME_IMAGE}',
    ]);
  });

  it.each([
    ['by tag', 'node:24', 'runtime:24', 1],
    ['one by tag', `node:24@sha256:${'a'.repeat(64)}`, 'runtime:24', 1],
    ['by digest', `node@sha256:${'a'.repeat(64)}`, `runtime:24@sha256:${'b'.repeat(64)}`, 0],
  ])('is built of base images named %s only where that is allowed', (_, node, base, code) => {
    const [check] = (stages[0] ?? []).filter(({ name }) => name === 'RUN');
    const run = (required: string): number | null =>
      spawnSync('sh', ['-c', check?.text ?? 'exit 9'], {
        env: { REQUIRE_DIGESTS: required, NODE_IMAGE: node, RUNTIME_IMAGE: base },
      }).status;
    expect(run('true')).toBe(code);
    expect(run('false')).toBe(0);
  });

  it('runs as a numeric user who is not root and owns no file', () => {
    expect(textOf(runtime, 'USER')).toBe('65532:65532');
    for (const { text } of runtime.filter(({ name }) => name === 'COPY')) expect(text).toContain('--chown=0:0');
  });

  it('starts without a shell and needs none', () => {
    expect(JSON.parse(textOf(runtime, 'ENTRYPOINT'))).toEqual(['node', ...imageStart.nodeFlags, 'dist/main.js']);
    expect(JSON.parse(textOf(runtime, 'CMD'))).toEqual(['controller']);
    // Without RUN the stage of another architecture needs no emulator either.
    expect(runtime.map(({ name }) => name)).not.toContain('RUN');
  });

  it('keeps the garbage of a burst of work small, and has a heap for most of the memory limit, wherever the operator is started', () => {
    const flags = ['--max-semi-space-size=2', '--heap-growing-percent=50', '--max-old-space-size-percentage=70'];
    expect(imageStart.nodeFlags).toEqual(flags);
    // Tests start it with the heap that it has in the container of the chart.
    expect(flagsInContainer(imageStart)).toEqual([...flags.slice(0, 2), '--max-old-space-size=358']);
    expect(imageStart.env).toEqual({ NODE_ENV: 'production', MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '16' });
  });

  it('holds production packages without maps and declarations, and the compiled program', () => {
    const [packages = [], , app = []] = stages;
    expect(packages.at(-1)).toMatchObject({
      name: 'RUN',
      text: expect.stringContaining('npm install --no-save --omit=dev --ignore-scripts'),
    });
    expect(textOf(packages, 'COPY')).toBe('package.json package-lock.json ./');
    expect(app.filter(({ name }) => name === 'RUN')[0]?.text).toMatch(/-name '\*\.map' -o -name '\*\.ts'.* -delete/);
    expect(textOf(app, 'COPY')).toBe('--from=build /image/app/dist ./dist');
    const { compilerOptions } = JSON.parse(rootFile('tsconfig.json')) as { readonly compilerOptions: Readonly<Record<string, unknown>> };
    expect(compilerOptions).not.toHaveProperty('sourceMap');
    expect(compilerOptions).not.toHaveProperty('inlineSourceMap');
  });

  it('is the same for the same input', () => {
    expect(instructions.map(({ text }) => text)).toEqual(
      expect.arrayContaining([expect.stringMatching(/touch .*@\$\{SOURCE_DATE_EPOCH\}/)]),
    );
  });

  it('says what it is', () => {
    const labels = textOf(runtime, 'LABEL');
    for (const key of ['title', 'description', 'licenses', 'version', 'revision', 'base.name'])
      expect(labels).toContain(`org.opencontainers.image.${key}=`);
  });

  it('is built from the sources alone', () => {
    const lines = rootFile('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines).toEqual(['*', '!package.json', '!package-lock.json', '!tsconfig.json', '!src', 'src/codegen']);
  });
});

describe('the production packages', () => {
  const { packages } = JSON.parse(rootFile('package-lock.json')) as { readonly packages: Readonly<Record<string, LockedPackage>> };
  const production = Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true);

  it('have neither Node nor a compiler among them', () => {
    const paths = production.map(([path]) => path);
    expect(paths).toContain('node_modules/@kubernetes/client-node');
    for (const name of ['node', 'typescript', 'jest', 'prettier', 'oxlint', '@swc/core'])
      expect(paths).not.toContain(`node_modules/${name}`);
  });

  it('are the same on every architecture, so that one build serves all', () => {
    expect(production.filter(([, { os, cpu, hasInstallScript }]) => os ?? cpu ?? hasInstallScript).map(([path]) => path)).toEqual([]);
  });
});

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly hasInstallScript?: boolean;
}

/** Comments go, lines that end in a backslash are joined. */
function parseDockerfile(text: string): readonly Instruction[] {
  const joined = text.replaceAll(/^#.*\n/gm, '').replaceAll(/\s*\\\n\s*/g, ' ');
  return joined
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      if (name === '') throw new Error(`not an instruction: ${line}`);
      return { name, text: rest };
    });
}

function splitStages(all: readonly Instruction[]): readonly (readonly Instruction[])[] {
  const found: Instruction[][] = [];
  for (const instruction of all) {
    if (instruction.name === 'FROM') found.push([]);
    else found.at(-1)?.push(instruction);
  }
  return found;
}

function argumentsOf(all: readonly Instruction[]): ReadonlyMap<string, string> {
  return new Map(all.filter(({ name }) => name === 'ARG').map(({ text }) => text.split(/=(.*)/s).slice(0, 2) as [string, string]));
}

function textOf(stage: readonly Instruction[], name: string): string {
  const found = stage.filter((instruction) => instruction.name === name);
  if (found.length !== 1) throw new Error(`${found.length} of ${name}`);
  return found[0]?.text ?? '';
}
