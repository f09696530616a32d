// Reads samples in the text of /metrics. A wrong name must not read as 0.

/**
 * The value of one sample. 0 when its metric exists and no sample has these values of the labels yet. Throws when there is no such metric, or when its
 * samples have other labels.
 */
export function sampleOf(text: string, sample: string): number {
  const [name = '', labels = ''] = sample.split(/(?=\{)/);
  const samples = samplesOf(text, name);
  const found = samples.find((line) => line.startsWith(`${sample} `));
  if (found !== undefined) return Number(found.slice(sample.length + 1));
  const wanted = labelNames(labels);
  for (const line of samples) {
    const known = labelNames(line);
    if (known !== wanted) throw new Error(`metric ${name} has the labels ${known || '(none)'}, not ${wanted || '(none)'}`);
  }
  return 0;
}

/** The sum of all samples of a metric. Throws when there is no such metric. */
export function totalOf(text: string, name: string): number {
  return samplesOf(text, name)
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)))
    .reduce((sum, value) => sum + value, 0);
}

function samplesOf(text: string, name: string): readonly string[] {
  const lines = text.split('\n');
  const metrics = [name, name.replace(/_(bucket|count|sum)$/, '')];
  if (!lines.some((line) => metrics.some((metric) => line.startsWith(`# TYPE ${metric} `)))) throw new Error(`there is no metric ${name}`);
  return lines.filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
}

/** In the order of the text: the registry writes labels in the order in which they are set. */
function labelNames(labels: string): string {
  return [...labels.matchAll(/[{,](\w+)="/g)].map(([, label]) => label).join(',');
}
