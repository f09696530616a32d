// Operations on images that Testcontainers does not have: import, save, and a build that reports the cause of a failure.
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ContainerRuntimeClient, GenericContainerBuilder } from 'testcontainers';
import { buildOutput } from './build-output.ts';
import { engineClient } from './engine.ts';

/** Of what the commands of a failed build have printed. */
const OUTPUT_LINES = 30;

type Dockerode = ContainerRuntimeClient['container']['dockerode'];

/** Makes an image of one layer from a tar of its files. `changes` are lines of a Dockerfile, such as USER. */
export async function importImage(tar: NodeJS.ReadableStream, name: string, changes: readonly string[]): Promise<void> {
  const { dockerode } = (await engineClient()).container;
  const [repo, tag] = splitName(name);
  // Dockerode gives the progress back as a stream; the image is there when it ends.
  const progress = await dockerode.importImage(tar, { repo, tag, changes });
  const problem = problemIn(await textOf(progress));
  if (problem !== undefined) throw new Error(`import of ${name}: ${problem}`);
}

/** Writes an image as `docker save` does. */
export async function saveImage(name: string, path: string): Promise<void> {
  const { dockerode } = (await engineClient()).container;
  await pipeline(await dockerode.getImage(name).get(), createWriteStream(path));
}

/** Those that are not there are none to remove. */
export async function removeImages(names: readonly string[]): Promise<void> {
  const { dockerode } = (await engineClient()).container;
  const tags = (await dockerode.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => names.includes(tag));
  for (const tag of tags) await dockerode.getImage(tag).remove({ force: true });
}

/**
 * Builds under this name with BuildKit, which the Dockerfile is written for. Testcontainers has no word for the network of a build, and an engine
 * without a bridge has only the machine's; and it keeps what the engine says to itself.
 */
export async function buildImage(builder: GenericContainerBuilder, name: string): Promise<void> {
  const { dockerode } = (await engineClient()).container;
  const buildImage: Dockerode['buildImage'] = dockerode.buildImage.bind(dockerode);
  let said = Promise.resolve('');
  dockerode.buildImage = (async (context: NodeJS.ReadableStream, options: object) => {
    const progress = await buildImage(context, { ...options, networkmode: 'host' });
    said = textOf(progress);
    return progress;
  }) as Dockerode['buildImage'];
  try {
    await builder.withBuildkit().build(name, { deleteOnExit: false });
  } catch (error) {
    const progress = await said;
    const problem = problemIn(progress);
    if (problem === undefined) throw error;
    throw new Error(`build of ${name}: ${problem}\n${buildOutput(progress).split('\n').slice(-OUTPUT_LINES).join('\n')}`, { cause: error });
  } finally {
    dockerode.buildImage = buildImage;
  }
}

function splitName(name: string): [repository: string, tag: string] {
  const colon = name.lastIndexOf(':');
  return [name.slice(0, colon), name.slice(colon + 1)];
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    stream.on('error', reject);
  });
}

/** The engine answers 200 first and says in a later line of JSON what went wrong. */
function problemIn(progress: string): string | undefined {
  const lines = progress.split('\n').filter((line) => line.includes('"errorDetail"'));
  const [first] = lines.map((line) => (JSON.parse(line) as { readonly errorDetail: { readonly message: string } }).errorDetail.message);
  return first;
}
