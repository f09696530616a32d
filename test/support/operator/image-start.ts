// The command of the image for the operator: only the Dockerfile defines it, and tests, demo and bench use the same.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCKERFILE = fileURLToPath(new URL('../../../Dockerfile', import.meta.url));

export interface ImageStart {
  /** Between `node` and the program. */
  readonly nodeFlags: readonly string[];
  /** Variables of the image, but for the path, which is another on each machine. */
  readonly env: Readonly<Record<string, string>>;
}

export const imageStart = parseImageStart(readFileSync(DOCKERFILE, 'utf8'));

/** Of the last stage. */
export function parseImageStart(dockerfile: string): ImageStart {
  const stage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  const texts = (instruction: string): readonly string[] =>
    [...stage.matchAll(new RegExp(`^${instruction} (.*)$`, 'gm'))].map(([, text = '']) => text);
  const [node, ...command] = JSON.parse(texts('ENTRYPOINT')[0] ?? '[]') as readonly string[];
  if (node !== 'node' || command.at(-1) !== 'dist/main.js') throw new Error('the Dockerfile starts something else');
  const variables = texts('ENV')
    .flatMap((text) => text.split(' '))
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const);
  return { nodeFlags: command.slice(0, -1), env: Object.fromEntries(variables.filter(([name]) => name !== 'PATH')) };
}

/** The memory limit of the chart. */
const CONTAINER_MIB = 512;
const PERCENTAGE = /^--max-old-space-size-percentage=(\d+)$/;

/** The flags as they are in the container of the chart: a part of the memory is a part of its limit, and not of that of this machine. */
export function flagsInContainer({ nodeFlags }: Pick<ImageStart, 'nodeFlags'>): readonly string[] {
  return nodeFlags.map((flag) => {
    const [, percentage] = PERCENTAGE.exec(flag) ?? [];
    return percentage === undefined ? flag : `--max-old-space-size=${Math.floor((Number(percentage) / 100) * CONTAINER_MIB)}`;
  });
}
