// `npm run bench -- workloads`: memory and processor time for the workloads that the operator keeps: parsed from their text, reduced, and in a store with its indexes. Also
// writes the table to README.md.
import { keytender } from '../../src/api/keytender-dialect.ts';
import type { KubeObject } from '../../src/api/object/object.ts';
import type { Consumer } from '../../src/restart/consumer/consumer.ts';
import { consumerKindOf } from '../../src/view/consumer-kinds.ts';
import { Store } from '../../src/watch/store.ts';
import { describeMachine } from '../machine.ts';
import { markdownTable } from '../markdown-table.ts';
import { writePart } from '../readme.ts';
import { heapAfterCollection } from '../simulation/heap.ts';
import { deploymentText, type Sample, samples } from './samples.ts';

const COUNT = 10_000;

export async function measureWorkloads(): Promise<string> {
  measured(samples[0]!); // code and shapes of objects are made once
  const head = ['Workload', 'bytes kept', 'bytes estimated', 'µs to parse', 'µs to reduce'];
  const table = markdownTable(head, samples.map(measured));
  const day = new Date().toISOString().slice(0, 10);
  const text = `Measured on ${day} with \`npm run bench -- workloads\` on ${describeMachine()}.\n\n${table}\n`;
  await writePart('workloads', text);
  return text;
}

function measured(sample: Sample): string[] {
  const { reduce, costOf, indexes = {} } = consumerKindOf('Deployment', keytender);
  const store = new Store<Consumer>({ indexes });
  const before = heapAfterCollection();
  let [parsing, reducing] = [0, 0];
  for (let index = 0; index < COUNT; index += 1) {
    const text = deploymentText(sample, index);
    const start = performance.now();
    const raw = JSON.parse(text) as KubeObject;
    const parsed = performance.now();
    const consumer = reduce(raw);
    reducing += performance.now() - parsed;
    parsing += parsed - start;
    store.apply('added', consumer);
  }
  const kept = (heapAfterCollection() - before) / COUNT;
  const [first] = store.list();
  const estimated = first === undefined ? 0 : costOf(first);
  return [sample.title, ...[kept, estimated, (parsing * 1_000) / COUNT, (reducing * 1_000) / COUNT].map((figure) => figure.toFixed(0))];
}
