// The node of the end-to-end tests: a real node with the test control plane, which leaves nothing behind.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startAwsEmulator } from '../support/aws/emulator.ts';
import { startStandardControlPlane } from '../support/control-plane/shared.ts';
import type { ControlPlane } from '../support/control-plane/start.ts';
import { waitUntil } from '../support/control-plane/wait-until.ts';
import { BUSYBOX_IMAGE, NODE_IMAGE } from '../support/node/busybox-images.ts';
import { describeWithNode } from '../support/node/describe-with-node.ts';
import { killedNodeRun } from '../support/node/killed-run.ts';
import type { RunningNode } from '../support/node/running-node.ts';
import { startNode } from '../support/node/start.ts';
import { remainsOf } from '../support/node/traces.ts';
import type { NodeTraces } from '../support/node/traces.ts';
import { reapLeftovers } from '../support/processes/reap.ts';

const NAMESPACE = 'ground';

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const figure = (line: string): boolean => process.stderr.write(`node: ${line}\n`);

interface PodOptions {
  readonly image?: string;
  readonly args: readonly string[];
  /** Mounted at /etc/app. */
  readonly secret?: string;
  /** A folder that may be written to. */
  readonly writable?: string;
}

/** A pod that the restricted level of Pod Security admits. */
function restrictedPod(name: string, { image = BUSYBOX_IMAGE, args, secret, writable }: PodOptions): unknown {
  const volumes = [
    ...(secret === undefined ? [] : [{ path: '/etc/app', volume: { name: 'secret', secret: { secretName: secret } } }]),
    ...(writable === undefined ? [] : [{ path: writable, volume: { name: 'writable', emptyDir: {} } }]),
  ];
  const securityContext = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
  const volumeMounts = volumes.map(({ path, volume }) => ({ name: volume.name, mountPath: path }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'main', image, args, securityContext, volumeMounts }],
      volumes: volumes.map(({ volume }) => volume),
    },
  };
}

/** A program for NODE_IMAGE that prints the status of one request. */
const printStatus = (url: string, options: string): string =>
  `(${url}.startsWith('https') ? https : http).get(${url}, ${options}, (answer) => { console.log('status', answer.statusCode); answer.resume(); })`;

await describeWithNode('a real node', () => {
  let controlPlane: ControlPlane;
  let node: RunningNode;

  beforeAll(async () => {
    controlPlane = await startStandardControlPlane();
    const started = performance.now();
    node = await startNode({ controlPlane });
    figure(`Ready in ${seconds(started)}`);
    const importing = performance.now();
    expect(await node.importNodeImage()).toEqual([NODE_IMAGE]);
    figure(`image with Node made and imported in ${seconds(importing)}`);
    await kubectl('create', 'namespace', NAMESPACE);
    await kubectl('label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted');
  }, 1_800_000); // the first time kubelet is built

  afterAll(async () => {
    const traces = node?.traces;
    await node?.[Symbol.asyncDispose]();
    await controlPlane?.[Symbol.asyncDispose]();
    if (traces !== undefined) expect(await waitUntil('the end of the link', () => linkless(traces))).toEqual([]);
  }, 60_000);

  async function linkless(traces: NodeTraces): Promise<readonly string[] | undefined> {
    const remains = await remainsOf(traces);
    return remains.some((one) => one.startsWith('link')) ? undefined : remains;
  }

  async function kubectl(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await controlPlane.kubectl(['--namespace', NAMESPACE, ...args]);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  }

  async function apply(manifest: unknown): Promise<void> {
    const { code, stderr } = await controlPlane.kubectl(['--namespace', NAMESPACE, 'apply', '-f', '-'], {
      input: JSON.stringify(manifest),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }

  async function runPod(name: string, options: PodOptions): Promise<string> {
    const started = performance.now();
    await apply(restrictedPod(name, options));
    await kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s');
    return seconds(started);
  }

  /** Which container runs in the pod, and how often it was started. */
  const container = (name: string): Promise<string> =>
    kubectl(
      'get',
      'pod',
      name,
      '-o',
      'jsonpath={.status.phase} {.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}',
    );

  const waiting = ['-c', 'echo started; trap exit TERM; while :; do sleep 1; done'];

  it('runs a pod under the restricted level of Pod Security, with logs and exec', async () => {
    figure(`pod Ready in ${await runPod('first', { args: waiting })}`);
    await waitUntil('its log', async () => (await kubectl('logs', 'first')) === 'started\n');
    expect(await kubectl('exec', 'first', '--', 'id', '-u')).toBe('65534\n');
    const privileged = {
      ...(restrictedPod('bad', { args: waiting }) as object),
      spec: { containers: [{ name: 'main', image: BUSYBOX_IMAGE }] },
    };
    const refused = await controlPlane.kubectl(['--namespace', NAMESPACE, 'apply', '-f', '-'], { input: JSON.stringify(privileged) });
    expect(refused.stderr).toContain('violates PodSecurity "restricted:latest"');
  }, 90_000);

  it('lets a mounted Secret follow a change within seconds, and the pod go on', async () => {
    await kubectl('create', 'secret', 'generic', 'mounted', '--from-literal=password=one');
    await runPod('mounts', { args: waiting, secret: 'mounted' });
    const before = await container('mounts');
    const read = (): Promise<string> => kubectl('exec', 'mounts', '--', 'cat', '/etc/app/password');
    expect(await read()).toBe('one');
    const changed = performance.now();
    await kubectl('patch', 'secret', 'mounted', '--patch', JSON.stringify({ stringData: { password: 'two' } }));
    await waitUntil('the new value in the pod', async () => (await read()) === 'two');
    figure(`mounted Secret follows in ${seconds(changed)}`);
    expect(await container('mounts')).toBe(before);
  }, 90_000);

  it('lets a pod speak to the API server by its own token', async () => {
    await kubectl('create', 'role', 'self', '--verb=get', '--resource=configmaps');
    await kubectl('create', 'rolebinding', 'self', '--role=self', `--serviceaccount=${NAMESPACE}:default`);
    const program = `const account = '/var/run/secrets/kubernetes.io/serviceaccount/';
      const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
      const read = (name) => fs.readFileSync(account + name, 'utf8');
      const options = { ca: read('ca.crt'), headers: { authorization: 'Bearer ' + read('token') } };
      for (const path of ['configmaps/kube-root-ca.crt', 'secrets/mounted']) {
        const url = 'https://' + host + ':' + port + '/api/v1/namespaces/' + read('namespace') + '/' + path;
        ${printStatus('url', 'options')};
      }
      setInterval(() => undefined, 1e6);`;
    await runPod('speaks', { image: NODE_IMAGE, args: ['-e', program] });
    const log = await waitUntil('two answers', async () => {
      const lines = (await kubectl('logs', 'speaks')).trim().split('\n');
      return lines.length === 2 ? lines.toSorted() : undefined;
    });
    expect(log).toEqual(['status 200', 'status 403']);
    const bytes = await waitUntil('memory of the pod', () => node.podMemory({ namespace: NAMESPACE, name: 'speaks' }));
    figure(`a pod with Node keeps ${(bytes / 1e6).toFixed(0)} MB`);
  }, 90_000);

  it('lets a pod reach what listens on loopback of this machine', async () => {
    await using emulator = await startAwsEmulator();
    const { host, port } = await node.exposeToPods(emulator.port);
    const program = `const url = 'http://${host}:${port}/'; ${printStatus('url', '{}')}; setInterval(() => undefined, 1e6);`;
    await runPod('calls', { image: NODE_IMAGE, args: ['-e', program] });
    const log = await waitUntil('an answer', async () => (await kubectl('logs', 'calls')) || undefined);
    expect(log).toMatch(/^status [24]\d\d\n$/);
  }, 90_000);

  it('lets this machine reach a pod by its address', async () => {
    await runPod('serves', { args: ['-c', 'echo served > /tmp/page; exec httpd -f -p 8080 -h /tmp'], writable: '/tmp' });
    const address = await kubectl('get', 'pod', 'serves', '-o', 'jsonpath={.status.podIP}');
    const page = await waitUntil('the page', () =>
      fetch(`http://${address}:8080/page`).then(
        (answer) => answer.text(),
        () => undefined,
      ),
    );
    expect(page).toBe('served\n');
  }, 90_000);

  it('keeps pods while kubelet, containerd and the API server start again', async () => {
    const before = await container('first');
    await node.restartKubelet();
    expect(await container('first')).toBe(before);
    await node.restartContainerd();
    expect(await kubectl('exec', 'first', '--', 'id', '-u')).toBe('65534\n');
    await controlPlane.stopApiServer();
    await controlPlane.startApiServer();
    await node.untilReady();
    expect(await container('first')).toBe(before);
    await runPod('after', { args: waiting });
    expect(await kubectl('logs', 'first')).toBe('started\n');
  }, 120_000);

  it('has a size', () => {
    const sizes = node.memory();
    for (const [part, bytes] of sizes) figure(`${part}: ${(bytes / 1e6).toFixed(0)} MB`);
    expect([...sizes.keys()]).toEqual(['containerd', 'kubelet', 'kube-scheduler', expect.stringMatching(/^\d shims$/)]);
    for (const bytes of sizes.values()) expect(bytes).toBeGreaterThan(0);
  });
});

await describeWithNode('a run with a node that is killed', () => {
  it('leaves nothing, once the next start has looked', async () => {
    const { traces, alive } = await killedNodeRun(restrictedPod('left', { args: ['-c', 'while :; do sleep 1; done'] }));
    // What is to go was there: the pod's two containers too.
    expect(alive).toEqual(expect.arrayContaining(['containerd', 'kubelet', 'kube-scheduler', 'containerd-shim', 'sleep', 'sh']));
    const started = performance.now();
    await waitUntil('the end of its processes', async () => !(await remainsOf(traces)).some((one) => /^(process|link)/.test(one)));
    figure(`processes of a killed run are gone after ${seconds(started)}`);
    await reapLeftovers();
    expect(await remainsOf(traces)).toEqual([]);
  }, 180_000);
});
