// One user, from an empty cluster to applications with rotations, upgrades and failures: the files in user/, in this order, on one cluster.
// `npm run e2e -- user -t 'postgresql'` runs one part.
import { afterAll, beforeAll, describe } from '@jest/globals';
import { describeWithImage } from '../support/e2e/describe-with-image.ts';
import { figure, seconds } from '../support/e2e/figures.ts';
import { waitUntil } from '../support/control-plane/wait-until.ts';
import { findPostgresql } from '../support/e2e/postgresql-programs.ts';
import { startPostgresql, type Postgresql } from '../support/e2e/postgresql.ts';
import { startUserScene, type UserScene } from '../support/e2e/scene.ts';
import { remainsOf } from '../support/node/traces.ts';
import { consume, consumeSecrets } from './user/consume.ts';
import { install, installKeytender } from './user/install.ts';
import { operate } from './user/operate.ts';
import { postgresql } from './user/postgresql.ts';
import { pullSecret } from './user/pull-secret.ts';
import { restarts } from './user/restarts.ts';
import { size } from './user/size.ts';
import { upgradeAndUninstall } from './user/upgrade-and-uninstall.ts';

/** The first time kubelet is built. */
const START_TIMEOUT_MS = 1_800_000;
const END_TIMEOUT_MS = 120_000;

const say = (line: string): void => void process.stderr.write(`e2e: user: ${line}\n`);
const programs = await findPostgresql(say);

await describeWithImage('a user', say, (imageOf) => {
  let scene: UserScene;

  beforeAll(async () => {
    scene = await startUserScene(imageOf(), say);
    const started = performance.now();
    await installKeytender(scene);
    figure('helm install to operator Ready', seconds(performance.now() - started));
    await consumeSecrets(scene);
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    const traces = scene?.node.traces;
    await scene?.[Symbol.asyncDispose]();
    if (traces !== undefined) await waitUntil('nothing is left', async () => (await remainsOf(traces)).length === 0);
  }, END_TIMEOUT_MS);

  install(() => scene);
  consume(() => scene);
  restarts(() => scene);
  pullSecret(() => scene);
  if (programs.ok) {
    describe('postgresql', () => {
      let database: Postgresql;

      beforeAll(async () => {
        database = await startPostgresql(programs.value);
      }, END_TIMEOUT_MS);

      afterAll(async () => {
        await scene?.kubectl(
          'delete',
          '--namespace',
          'orders',
          'deployment/ledger',
          'deployment/ledger-env',
          'externalsecrets.keytender.dev/ledger-database',
        );
        await database?.[Symbol.asyncDispose]();
      }, END_TIMEOUT_MS);

      postgresql(
        () => scene,
        () => database,
      );
    });
  } else {
    say(`skipped, postgresql: ${programs.failure}`);
    describe.skip(`postgresql (${programs.failure})`, () => postgresql(missing, missing));
  }
  operate(() => scene);
  size(() => scene);
  upgradeAndUninstall(() => scene);
});

function missing(): never {
  throw new Error('a skipped test has run');
}
