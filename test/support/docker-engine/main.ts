// A process with its own Docker engine and a container in it. Prints one line with their location, and runs until it is ended.
import { engineClient, enterOwnEngine } from './engine.ts';
import { startOwnEngine } from './own-engine.ts';
import { makeShellImage } from '../image/base-images.ts';

const SHELL = 'localhost/keytender-base/shell:1';
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const started = await startOwnEngine(say);
if (!started.ok) throw new Error(started.failure);
const engine = started.value;
enterOwnEngine(engine.host);
await makeShellImage(SHELL, say);
const { dockerode } = (await engineClient()).container;
const container = await dockerode.createContainer({ Image: SHELL, Cmd: ['sleep', 'infinity'], HostConfig: { NetworkMode: 'host' } });
await container.start();
process.on('SIGTERM', () => void engine[Symbol.asyncDispose]().then(() => process.exit(0)));
console.log(JSON.stringify({ folder: engine.folder, cgroup: engine.cgroup }));
setInterval(() => undefined, 1_000_000);
