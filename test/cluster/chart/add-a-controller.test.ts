// CONTRIBUTING.md, "Add a controller": the chart with the rules of one more controller, rendered by the real helm.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { controllersOf } from '../../../src/app/controllers.ts';
import { controllerRules } from '../../../src/codegen/controller-rules.ts';
import { CHART_FOLDER, type ChartObject, type ChartValues, helm, parseObjects, rulesOf, testedKubeVersion } from '../../support/chart.ts';
import { toyController, toyDialect } from '../../unit/app/toy-controller.ts';

let chart: string;

beforeAll(async () => {
  chart = join(await mkdtemp(join(tmpdir(), 'keytender-chart-')), 'keytender');
  await cp(CHART_FOLDER, chart, { recursive: true });
  const rules = controllerRules([...controllersOf(toyDialect), toyController(toyDialect)]);
  await writeFile(join(chart, 'templates', '_controller-rules.tpl'), rules);
});

afterAll(() => rm(join(chart, '..'), { recursive: true, force: true }));

async function render(values: ChartValues): Promise<readonly ChartObject[]> {
  const args = ['template', 'keytender', chart, '--namespace', 'keytender', '--kube-version', testedKubeVersion(), '--values', '-'];
  const { code, stdout, stderr } = await helm(args, { input: JSON.stringify(values) });
  if (code !== 0) throw new Error(`helm template: ${stderr}`);
  return parseObjects(stdout);
}

/** What the operator may do with Toys, and with what they read; and of which schemas it reads the hash. */
async function rightsOf(values: ChartValues): Promise<readonly string[]> {
  const rules = rulesOf(await render(values)).filter(
    // The ConfigMaps in the namespace of the operator are its own.
    ({ resource, name, namespace }) => (/^(toys|configmaps)/.test(resource) && namespace !== 'keytender') || name?.startsWith('toys'),
  );
  return rules.map(
    ({ verb, resource, name, namespace = '*' }) => `${verb} ${resource}${name === undefined ? '' : ` ${name}`} in ${namespace}`,
  );
}

/** The kinds that users of a namespace may list and create. */
async function usersOf(values: ChartValues): Promise<readonly unknown[]> {
  const roles = (await render({ ...values, rbac: { aggregateToDefaultRoles: true } })).filter(({ metadata }) =>
    /-(view|edit)$/.test(metadata.name),
  );
  return roles.flatMap((role) => (role['rules'] as readonly { readonly resources: unknown }[]).map(({ resources }) => resources));
}

describe('a controller that is added to the list', () => {
  it('has its rights in the rendered chart, in the cluster or in each namespace that is served', async () => {
    const expected = ['list toys', 'watch toys', 'patch toys/status', 'list configmaps', 'watch configmaps'];
    const schema = 'get customresourcedefinitions toys.keytender.dev in *';
    expect((await rightsOf({})).toSorted()).toEqual([...expected.map((right) => `${right} in *`), schema].toSorted());
    expect((await rightsOf({ namespaces: ['orders'] })).toSorted()).toEqual(
      [...expected.map((right) => `${right} in orders`), schema].toSorted(),
    );
  });

  it('has none under a condition that does not hold', async () => {
    expect(await rightsOf({ restart: { enabled: false } })).toEqual([]);
  });

  it('has its kind in the roles of users', async () => {
    const kinds = ['secretstores', 'externalsecrets', 'toys'];
    expect(await usersOf({})).toEqual([kinds, kinds]);
    expect(await usersOf({ restart: { enabled: false } })).toEqual([kinds.slice(0, 2), kinds.slice(0, 2)]);
  });
});
