// Upgrades from earlier charts on a real API server: new values get their defaults, for every way to keep values, and values that a user
// has set stay. Only values.yaml of an earlier chart is needed, because an upgrade uses the new templates. earlier-values has the
// values.yaml of each earlier chart, so the test needs no git history.
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { CHART_FOLDER, helm, parseObjects, RELEASE, renderChart, testedKubeVersion } from '../../support/chart.ts';
import type { ChartObject } from '../../support/chart.ts';
import type { ControlPlane } from '../../support/control-plane/start.ts';
import { startControlPlane } from '../../support/control-plane/start.ts';
import { containerOf, deploymentOf } from './chart-objects.ts';

const EARLIER = fileURLToPath(new URL('earlier-values', import.meta.url));
/** What a person had set: a value, a false beside a true default, and a null that takes a default away. */
const OWN = {
  log: { level: 'debug' },
  podDisruptionBudget: { enabled: false },
  podSecurityContext: { fsGroup: null },
  crds: { install: false },
};

type Values = Readonly<Record<string, unknown>>;

let folder: string;
/** What the chart makes of its own values. */
let usual: readonly ChartObject[];
const defaults = parse(readFileSync(join(CHART_FOLDER, 'values.yaml'), 'utf8')) as Values;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keytender-earlier-'));
  usual = await renderChart();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The chart with other defaults; an earlier chart had a schema of its own, so that this one has none where it stands for such. */
async function chartWithDefaults(name: string, values: string, keepSchema: boolean): Promise<string> {
  const chart = join(folder, name);
  await cp(CHART_FOLDER, chart, { recursive: true });
  await writeFile(join(chart, 'values.yaml'), values);
  if (!keepSchema) await rm(join(chart, 'values.schema.json'));
  return chart;
}

async function render(chart: string): Promise<readonly ChartObject[]> {
  const args = ['template', RELEASE, chart, '--namespace', 'keytender', '--kube-version', testedKubeVersion()];
  const { code, stdout, stderr } = await helm(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return parseObjects(stdout);
}

describe('a chart whose values lack', () => {
  const emptied = Object.fromEntries(Object.entries(defaults).map(([key, value]) => [key, isMap(value) ? {} : value]));
  const single = Object.keys(defaults).map((key) => [key, Object.fromEntries(Object.entries(defaults).filter(([other]) => other !== key))]);
  // An empty map of these is a choice: all ids and all limits were taken out.
  const chosen = { podSecurityContext: defaults['podSecurityContext'], resources: defaults['resources'] };
  it.each<[string, Values]>([
    ['everything', {}],
    ['everything below the first level', { ...emptied, ...chosen }],
    ...(single as [string, Values][]),
  ])('%s makes the same objects', async (name, values) => {
    const chart = await chartWithDefaults(`without-${name.replaceAll(' ', '-')}`, JSON.stringify(values), true);
    expect(await render(chart)).toEqual(usual);
  });
});

describe('helm upgrade', () => {
  let cluster: ControlPlane;

  beforeAll(async () => {
    cluster = await startControlPlane();
  }, 900_000);

  afterAll(() => cluster?.[Symbol.asyncDispose]());

  const ways = ['--reuse-values', '--reset-then-reuse-values'];
  const versions = readdirSync(EARLIER);
  it.each(versions.flatMap((file) => ways.map((way) => [file, way] as const)))('from %s with %s', async (file, way) => {
    const namespace = `from-${file.slice(0, 2)}${way}`;
    const earlier = await chartWithDefaults(`${file}${way}`, readFileSync(join(EARLIER, file), 'utf8'), false);
    const run = async (args: readonly string[], values: object): Promise<string> => {
      // Its own home: helm keeps what it discovered of a cluster by host and port, and another cluster may have had the same port.
      const env = { ...process.env, HOME: cluster.coordinates.folder, KUBECONFIG: cluster.kubeconfigPath };
      const { code, stdout, stderr } = await helm([...args, '--namespace', namespace, '--values', '-'], {
        input: JSON.stringify(values),
        env,
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout;
    };
    const installed = await run(['install', RELEASE, earlier, '--create-namespace'], OWN);
    expect(installed).toContain('kind: ExternalSecret');
    expect(installed).not.toContain('What changes for you');
    const upgraded = await run(['upgrade', RELEASE, CHART_FOLDER, way], { concurrency: 7 });
    expect(upgraded).toContain('What changes for you');
    expect(upgraded).not.toContain('kind: ExternalSecret');

    const { stdout } = await helm(['get', 'manifest', RELEASE, '--namespace', namespace], {
      env: { ...process.env, HOME: cluster.coordinates.folder, KUBECONFIG: cluster.kubeconfigPath },
    });
    const objects = parseObjects(stdout);
    expect(containerOf(objects).args).toEqual(expect.arrayContaining(['--log-level=debug', '--concurrency=7']));
    expect(containerOf(objects).args).toContain('--token-audiences=sts.amazonaws.com,sts.amazonaws.com.cn');
    expect(deploymentOf(objects).spec.template.spec.securityContext).not.toHaveProperty('fsGroup');
    expect(objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')).toHaveLength(3);
    expect(objects.filter(({ kind }) => kind === 'PodDisruptionBudget')).toEqual([]);
  });
});

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
