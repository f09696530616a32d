// The image of the project's Dockerfile, built and run by a Docker engine like `docker build` and a restricted pod.
import { chmodSync, copyFileSync, createWriteStream, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePorts } from '../support/control-plane/free-port.ts';
import { runCommand } from '../support/control-plane/run-command.ts';
import { startStandardControlPlane } from '../support/control-plane/shared.ts';
import { waitUntil } from '../support/control-plane/wait-until.ts';
import { acquireDockerEngine, engineClient } from '../support/docker-engine/engine.ts';
import { removeImages } from '../support/docker-engine/images.ts';
import { ownerLabel, removeOrphans } from '../support/docker-engine/owner-label.ts';
import { figure, megabytes } from '../support/e2e/figures.ts';
import { makeBaseImages, type BaseImages } from '../support/image/base-images.ts';
import { listImage, unpackImage, type ImageFile } from '../support/image/image-files.ts';
import { buildFromDockerfile, buildOperatorImage, keepArchive, operatorImageName } from '../support/image/operator-image.ts';
import { ROOT } from '../support/jest-run.ts';
import { imageStart } from '../support/operator/image-start.ts';
import type { ProcessIdentity } from '../support/processes/process-identity.ts';
import { makeOwnedFolder } from '../support/processes/owned-folder.ts';

const RUNTIME_USER = 65_532;
/** Debian, Node and the operator without compression; a registry holds about a third of it. */
const LARGEST_BYTES = 260e6;
const LARGEST_APP_BYTES = 70e6;
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_SECONDS = 10;
const BUILD_LIMIT_MS = 600_000;

/** Who it is and what it may do, said by a process beside the operator. */
const LOOK_AROUND = `
  console.log(process.getuid(), process.getgid());
  for (const path of ['/app/x', '/tmp/x']) try { fs.writeFileSync(path, ''); console.log('written', path); } catch (error) { console.log(error.code, path); }
  for (const line of fs.readFileSync('/proc/self/status', 'utf8').split('\\n')) if (/^(CapEff|NoNewPrivs)/.test(line)) console.log(line.replace(/:\\s+/, ' '));
`;

const say = (line: string): void => void process.stderr.write(`e2e: image: ${line}\n`);
const engine = await acquireDockerEngine(say);
say(engine.ok ? engine.value.about : `SKIPPED: ${engine.failure}`);
const withEngine = engine.ok ? describe : describe.skip;
const image = operatorImageName();
const AGAIN = `${image}-again`;

withEngine('the image', () => {
  const folder = makeOwnedFolder('image');
  let bases: BaseImages;
  let revision: string;
  let files: readonly ImageFile[];

  beforeAll(async () => {
    await removeOrphans();
    await time('base images', async () => {
      bases = await makeBaseImages(say);
    });
    revision = (await runCommand('git', ['rev-parse', 'HEAD'], { cwd: ROOT })).stdout.trim();
    await time('build', () => buildFromDockerfile({ name: image, bases, revision, cache: false }));
    files = await listImage(image, folder.path);
  }, BUILD_LIMIT_MS);

  afterAll(async () => {
    folder[Symbol.dispose]();
    if (!engine.ok) return;
    await using _engine = engine.value;
    await removeImages([image, AGAIN, ...Object.values(bases ?? {})]);
  });

  it('says what it is', async () => {
    const { Config } = await inspectImage(image);
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
    expect(Config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'keytender',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': revision,
    });
    expect(Config.User).toBe(`${RUNTIME_USER}:${RUNTIME_USER}`);
    expect(Config.Entrypoint).toEqual(['node', ...imageStart.nodeFlags, 'dist/main.js']);
    expect(Config.Cmd).toEqual(['controller']);
  });

  it('is small', async () => {
    const { Size } = await inspectImage(image);
    const app = files.filter(({ path }) => path.startsWith('app/')).reduce((sum, { bytes }) => sum + bytes, 0);
    figure('image without compression (the operator and its packages)', `${megabytes(Size)} (${megabytes(app)})`);
    expect(Size).toBeLessThan(LARGEST_BYTES);
    expect(app).toBeLessThan(LARGEST_APP_BYTES);
  });

  it('holds no shell and no package manager', () => {
    const names = files.filter(({ mode }) => !mode.startsWith('d')).map(({ path }) => path.split('/').at(-1) ?? '');
    expect(names).toContain('node');
    for (const name of ['sh', 'bash', 'dash', 'busybox', 'apt-get', 'dpkg', 'npm', 'npx', 'corepack']) expect(names).not.toContain(name);
  });

  it('holds nothing that its user could change, but folders for temporary files', () => {
    const writable = files.filter(isWritable).map(({ path }) => path.replace(/\/$/, ''));
    // Debian's base files; on a cluster the root is read-only besides.
    expect(writable.filter((path) => !['tmp', 'var/tmp', 'var/lock', 'run/lock'].includes(path) && !path.startsWith('dev/'))).toEqual([]);
    expect(files.filter(({ path, uid }) => path.startsWith('app/') && uid !== 0)).toEqual([]);
  });

  it('holds the locked production packages and none for development', async () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean; readonly version?: string }>>;
    };
    const app = await unpackImage(folder.path, 'app');
    const installed = files
      .map(({ path }) => /^app\/(.*node_modules\/(?:@[^/]+\/)?[^/@]+)\/package\.json$/.exec(path)?.[1])
      .filter((path) => path !== undefined);
    expect(installed.length).toBeGreaterThan(20);
    for (const path of installed) {
      const { version } = JSON.parse(readFileSync(join(app, path, 'package.json'), 'utf8')) as { readonly version?: string };
      expect({ path, dev: packages[path]?.dev ?? packages[path]?.devOptional ?? false, version: packages[path]?.version }).toEqual({
        path,
        dev: false,
        version,
      });
    }
  });

  it('holds neither source maps nor sources', async () => {
    const paths = files.map(({ path }) => path).filter((path) => path.startsWith('app/'));
    expect(paths.filter((path) => /\.(?:map|[cm]?ts)$/.test(path))).toEqual([]);
    const app = await unpackImage(folder.path, 'app');
    const { stdout } = await runCommand('grep', [
      '--recursive',
      '--files-with-matches',
      '--extended-regexp',
      'sourceMappingURL=data:|"sourcesContent"',
      app,
    ]);
    expect(stdout).toBe('');
    expect(readdirSync(join(app, 'dist'))).not.toContain('codegen');
  });

  it('prints its help without anything around it', async () => {
    const { RestrictedContainer, runToEnd } = await import('../support/image/restricted-container.ts');
    const { code, stdout, stderr } = await runToEnd(new RestrictedContainer(image).withCommand(['--help']));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('keytender controller [flags]');
  });

  it('refuses a flag that it does not know with exit code 2', async () => {
    const { RestrictedContainer, runToEnd } = await import('../support/image/restricted-container.ts');
    const { code, stdout, stderr } = await runToEnd(new RestrictedContainer(image).withCommand(['controller', '--log-levle=debug']));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^keytender: .*log-levle.*log-level/);
  });

  it('serves, works as nobody in particular on a read-only root, and ends in order when it is told to', async () => {
    const { RestrictedContainer, terminate } = await import('../support/image/restricted-container.ts');
    await using controlPlane = await startStandardControlPlane();
    const [metrics = 0, probes = 0] = await freePorts(2);
    const operator = await new RestrictedContainer(image)
      .withCommand([
        'controller',
        '--namespace=default',
        `--metrics-bind-address=127.0.0.1:${metrics}`,
        `--health-probe-bind-address=127.0.0.1:${probes}`,
      ])
      .withBindMounts([{ source: readableCopy(controlPlane.kubeconfigPath), target: '/kubeconfig', mode: 'ro' }])
      .withEnvironment({ KUBECONFIG: '/kubeconfig', AWS_EC2_METADATA_DISABLED: 'true' })
      .withLogConsumer((log) => log.pipe(createWriteStream(join(folder.path, 'log'))))
      .start();
    const started = performance.now();
    const answer = async (path: string): Promise<number> => (await fetch(`http://127.0.0.1:${probes}${path}`)).status;
    await waitUntil(
      '/readyz answers 200',
      async () => {
        const { State } = await inspectContainer(operator.getId());
        if (!State.Running)
          throw new Error(`the operator ended with ${State.ExitCode}:\n${readFileSync(join(folder.path, 'log'), 'utf8')}`);
        return answer('/readyz').then(
          (status) => status === 200,
          () => false, // not listening yet
        );
      },
      { timeoutMs: READY_LIMIT_MS },
    );
    say(`ready ${(performance.now() - started).toFixed(0)} ms after its container`);
    expect(await Promise.all(['/healthz', '/livez', '/readyz'].map(answer))).toEqual([200, 200, 200]);
    expect(await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()).toContain('process_resident_memory_bytes');
    const { output } = await operator.exec(['node', '--eval', LOOK_AROUND]);
    expect(output.trim().split('\n')).toEqual([
      `${RUNTIME_USER} ${RUNTIME_USER}`,
      'EROFS /app/x',
      'EROFS /tmp/x',
      'CapEff 0000000000000000',
      'NoNewPrivs 1',
    ]);
    expect((await operator.exec(['sh', '-c', 'true'])).exitCode).not.toBe(0);
    const { code, ms } = await terminate(operator, STOP_LIMIT_SECONDS);
    say(`ended ${ms.toFixed(0)} ms after SIGTERM`);
    expect(code).toBe(0);
  });

  it('leaves no container of a killed run in an engine that outlives it', async () => {
    const { dockerode } = (await engineClient()).container;
    const create = async (owner?: ProcessIdentity): Promise<string> =>
      (await dockerode.createContainer({ Image: image, Labels: ownerLabel(owner) })).id;
    const [orphan, ours] = [await create({ pid: process.pid, startTime: 'of an earlier process' }), await create()];
    await removeOrphans();
    await expect(inspectContainer(orphan)).rejects.toThrow('No such container');
    expect((await inspectContainer(ours)).Id).toBe(ours);
    await dockerode.getContainer(ours).remove();
  });

  it(
    'is the same when it is built again from nothing, but for the time at which that was',
    async () => {
      await time('build again', () => buildFromDockerfile({ name: AGAIN, bases, revision, cache: false }));
      const [first, second] = [await inspectImage(image), await inspectImage(AGAIN)];
      expect(second.RootFS.Layers).toEqual(first.RootFS.Layers);
      expect(second.Config).toEqual(first.Config);
      // Why the digests differ: this engine's BuildKit writes its clock into `created` and the history, whatever SOURCE_DATE_EPOCH says (from 0.11 on
      // it obeys). The day it does not, this line says so.
      say(first.Id === second.Id ? 'same digest' : `other digests, because the engine dates them: ${first.Created}, ${second.Created}`);
      expect(first.Id === second.Id).toBe(first.Created === second.Created);
    },
    BUILD_LIMIT_MS,
  );

  it('goes into an archive that other engines can be given', async () => {
    const { archive } = await keepArchive(say, async (path) => (await import('../support/docker-engine/images.ts')).saveImage(image, path));
    const { stdout } = await runCommand('tar', ['--extract', '--to-stdout', '--file', archive, 'manifest.json']);
    expect(JSON.parse(stdout)).toMatchObject([{ RepoTags: [image] }]);
    // From now on it is there without an engine.
    expect(await buildOperatorImage(say)).toMatchObject({ ok: true, value: { archive } });
  });

  async function inspectImage(name: string) {
    return (await engineClient()).container.dockerode.getImage(name).inspect();
  }

  async function inspectContainer(id: string) {
    return (await engineClient()).container.dockerode.getContainer(id).inspect();
  }

  /** For a user who is not its owner; it goes with the folder. */
  function readableCopy(path: string): string {
    const copy = join(folder.path, 'kubeconfig');
    copyFileSync(path, copy);
    chmodSync(copy, 0o644);
    return copy;
  }
});

function isWritable({ mode, uid, gid }: ImageFile): boolean {
  if (mode.startsWith('l')) return false;
  const digit = uid === RUNTIME_USER ? 2 : gid === RUNTIME_USER ? 5 : 8;
  return mode[digit] === 'w';
}

async function time(what: string, work: () => Promise<void>): Promise<void> {
  const started = performance.now();
  await work();
  say(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
