// `npm run bench [-- OPTIONS]` measures the operator, `npm run bench -- simulation [--resources N]` simulates a day of its engine,
// `npm run bench -- workloads` measures the memory for the workloads of a cluster, and `npm run bench -- foreign-sources` what Secrets and ConfigMaps of others cost.
// README.md describes the measurements; the options are in sync/options.ts.
import { parseArgs } from 'node:util';

const { positionals, values } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: { resources: { type: 'string' }, consumers: { type: 'string' }, bystanders: { type: 'string' }, profile: { type: 'string' } },
});

const [command] = positionals;
if (command === 'simulation') {
  const { simulate } = await import('./simulation/simulate.ts');
  process.stdout.write(await simulate(values.resources === undefined ? undefined : Number(values.resources)));
} else if (command === 'workloads') {
  const { measureWorkloads } = await import('./workloads/measure-workloads.ts');
  process.stdout.write(await measureWorkloads());
} else if (command === 'restart') {
  const { measureRestarts } = await import('./restart/measure-restarts.ts');
  const complete = values.consumers === undefined && values.bystanders === undefined;
  const consumers = typeof values.consumers === 'string' ? values.consumers.split(',').map(Number) : [1, 100, 1_000];
  process.stdout.write(
    await measureRestarts({
      consumers,
      bystanders: Number(values.bystanders ?? 5_000),
      complete,
      profile: typeof values.profile === 'string' ? values.profile : undefined,
    }),
  );
} else if (command === 'naive-loop') {
  // For sync/phases/naive.ts.
  const { runNaiveLoop } = await import('./naive/loop.ts');
  await runNaiveLoop();
} else if (command === 'foreign-sources') {
  const { measureForeign } = await import('./foreign/measure.ts');
  await measureForeign();
} else {
  const { measureOperator } = await import('./sync/measure-operator.ts');
  await measureOperator(process.argv.slice(2));
}
