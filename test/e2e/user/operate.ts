// Keytender while other parts end: its own process, its pod, the kubelet, the API server, the leader of two replicas.
import { describe, expect, it } from '@jest/globals';
import { AuditLog, type AuditEntry } from '../../support/control-plane/audit-log.ts';
import { figure, seconds } from '../../support/e2e/figures.ts';
import { untilSeen } from '../../support/e2e/log-lines.ts';
import { killInPod } from '../../support/e2e/pod-processes.ts';
import { eventually, type UserScene } from '../../support/e2e/scene.ts';
import { ORDERS, rotateDatabase, untilRolled } from './consume.ts';
import { leaderProcess, NAMESPACE, OPERATOR_USER, podOf, untilOperatorPods, userValues } from './install.ts';

const PROCESS = 'dist/main.js';
const LEASE_SECONDS = 15;
/** Other candidates see nothing of a dead leader for a lease, and look every 2 s; twice that on a busy machine. */
const TAKEOVER_LIMIT_MS = 2 * LEASE_SECONDS * 1_000;

export function operate(sceneOf: () => UserScene): void {
  describe('operate', () => {
    it('goes on when its process is killed, with what changed meanwhile', async () => {
      const scene = sceneOf();
      const [pod] = await untilOperatorPods(scene, 1);
      const restarts = pod?.status.containerStatuses?.[0]?.restartCount ?? 0;
      await killInPod(pod?.metadata.uid ?? '', PROCESS);
      const took = await expectOneEffect(scene);
      const [again] = await untilOperatorPods(scene, 1);
      expect(again?.metadata.uid).toBe(pod?.metadata.uid);
      expect(again?.status.containerStatuses?.[0]?.restartCount).toBe(restarts + 1);
      figure('operator killed (-9) and AWS changed, to application rolled', seconds(took));
    });

    it('goes on when its pod is deleted by force', async () => {
      const scene = sceneOf();
      const [pod] = await untilOperatorPods(scene, 1);
      await deletePod(scene, pod?.metadata.name ?? '');
      await expectOneEffect(scene);
      expect((await untilOperatorPods(scene, 1)).map(({ metadata }) => metadata.uid)).not.toContain(pod?.metadata.uid);
    });

    it('goes on while the node agent starts again', async () => {
      const scene = sceneOf();
      await scene.node.stopKubelet('SIGKILL');
      const { changed, password } = rotateDatabase(scene);
      // The operator needs no kubelet; the files of pods do.
      await scene.objects(ORDERS).untilValues('app-database', { username: 'orders', password }, 120_000);
      await scene.node.startKubelet();
      await untilSeen(scene, ORDERS, 'deployment/mounted', { source: 'file', key: 'password', value: password });
      await untilRolled(scene, 'in-env', password);
      figure('node agent restarted: AWS change to application rolled', seconds(Date.now() - changed));
    });

    it('goes on when the API server starts again', async () => {
      const scene = sceneOf();
      const [pod] = await untilOperatorPods(scene, 1);
      await scene.controlPlane.stopApiServer();
      const { changed, password } = rotateDatabase(scene);
      await scene.controlPlane.startApiServer();
      await scene.node.untilReady();
      await untilSeen(scene, ORDERS, 'deployment/mounted', { source: 'file', key: 'password', value: password });
      await untilRolled(scene, 'in-env', password);
      figure('API server killed and restarted: AWS change to application rolled', seconds(Date.now() - changed));
      expect((await untilOperatorPods(scene, 1)).map(({ metadata }) => metadata.uid)).toEqual([pod?.metadata.uid]);
    });

    it.each([
      ['its pod is deleted', (scene: UserScene, pod: string) => deletePod(scene, pod)],
      ['its process is killed', (scene: UserScene, pod: string) => killPod(scene, pod)],
    ])('hands over, once, when in the middle of a sync %s', async (what, end) => {
      const scene = sceneOf();
      await installStandby(scene);
      const audit = new AuditLog(scene.controlPlane, OPERATOR_USER);
      const leader = await leaderProcess(scene);
      using hang = scene.aws.inject({ fault: { kind: 'hang' } });
      const { password } = rotateDatabase(scene);
      await eventually('a sync is under way', async () => hang.hits > 0);
      const ended = performance.now();
      await end(scene, podOf(leader));
      // Mostly the standby. A killed process starts again in its pod as another candidate, and may be the first after the lease has ended.
      await eventually('another leader', async () => (await leaderProcess(scene)) !== leader);
      const takeover = performance.now() - ended;
      figure(`leader in a sync, ${what}: until another process leads (lease of ${LEASE_SECONDS} s)`, seconds(takeover));
      hang.remove();
      await untilRolled(scene, 'in-env', password);
      expect(takeover).toBeLessThan(TAKEOVER_LIMIT_MS);
      expect(effectsOf(await settled(audit))).toEqual(ONE_EFFECT);
    });

    it('has said no value of AWS, in whatever it said', async () => {
      const scene = sceneOf();
      const ofOperator = ['--namespace', NAMESPACE, '--selector', 'app.kubernetes.io/name=keytender', '--tail=-1', '--prefix'];
      const texts = {
        logs: await scene.kubectl('logs', ...ofOperator),
        events: await scene.kubectl('get', 'events', '--all-namespaces', '--output', 'json'),
        resources: await scene.kubectl(
          'get',
          'externalsecrets.keytender.dev,secretstores.keytender.dev',
          '--all-namespaces',
          '--output',
          'json',
        ),
        workloads: await scene.kubectl('get', 'pods,deployments,replicasets', '--all-namespaces', '--output', 'json'),
      };
      expect(texts.logs).toContain('"level"');
      expect(scene.canaries.found(texts)).toEqual([]);
    });
  });
}

async function installStandby(scene: UserScene): Promise<void> {
  const values = { ...userValues(scene), replicas: 2 };
  await scene.helm(['upgrade', 'keytender', 'charts/keytender', '--namespace', NAMESPACE, '--wait', '--timeout', '5m'], values);
  await untilOperatorPods(scene, 2);
}

async function deletePod(scene: UserScene, name: string): Promise<void> {
  await scene.kubectl('delete', 'pod', '--namespace', NAMESPACE, name, '--force', '--grace-period=0');
}

/** It cannot give its lease back, and comes again in the same pod as somebody else. */
async function killPod(scene: UserScene, name: string): Promise<void> {
  const pod = await scene.objects(NAMESPACE).get('pods', name);
  await killInPod(pod?.metadata.uid ?? '', PROCESS);
}

const ONE_EFFECT = { secrets: 1, deployments: 1 };

/** Rotates, waits until the applications have it, and holds what the operator wrote against one change of one Secret and one restart. How long the first took. */
async function expectOneEffect(scene: UserScene): Promise<number> {
  const audit = new AuditLog(scene.controlPlane, OPERATOR_USER);
  const { changed, password } = rotateDatabase(scene);
  await untilSeen(scene, ORDERS, 'deployment/mounted', { source: 'file', key: 'password', value: password });
  await untilRolled(scene, 'in-env', password);
  const took = Date.now() - changed;
  expect(effectsOf(await settled(audit))).toEqual(ONE_EFFECT);
  return took;
}

/** What was asked until nothing is written any more: leases are renewed for ever, so a while without other writes is waited for. */
async function settled(audit: AuditLog): Promise<readonly AuditEntry[]> {
  const all: AuditEntry[] = [];
  await eventually('the operator writes nothing more', async () => {
    const news = (await audit.take()).filter(isEffect);
    all.push(...news);
    await new Promise((done) => setTimeout(done, 2_000));
    const later = (await audit.take()).filter(isEffect);
    all.push(...later);
    return later.length === 0;
  });
  return all;
}

function isEffect({ verb, stage, responseStatus, objectRef }: AuditEntry): boolean {
  const writes = ['create', 'patch', 'update', 'delete'].includes(verb) && stage === 'ResponseComplete';
  return (
    writes &&
    (responseStatus?.code ?? 500) < 300 &&
    objectRef?.subresource === undefined &&
    ['secrets', 'deployments'].includes(objectRef?.resource ?? '')
  );
}

/** Successful writes of the application's Secret and its workload, by resource. */
function effectsOf(entries: readonly AuditEntry[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { objectRef } of entries) {
    const { namespace, resource = '', name = '' } = objectRef ?? {};
    // Other Secrets of the team have the same source.
    if (namespace === ORDERS && ['app-database', 'in-env'].includes(name)) counts[resource] = (counts[resource] ?? 0) + 1;
  }
  return counts;
}
