import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../src/api/builtin-types.ts';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { schemaHashes } from '../../../src/api/schema-hash.ts';
import { valueIn } from '../../../src/api/object.ts';
import type { Config } from '../../../src/config.ts';
import { checkSchema } from '../../../src/app/check-schema.ts';
import { controllersOf } from '../../../src/app/controllers.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { MemoryApi } from '../../support/fakes/memory-api.ts';

/** The CRDs for which it warns, and what it says the server has. */
async function warnings(prepare: (api: MemoryApi) => void, clusterStores = true): Promise<string[]> {
  const api = new MemoryApi();
  for (const { plural, group } of Object.values(keytender.kinds)) {
    const annotations = { [keytender.annotations.schema]: valueIn<string>(schemaHashes, plural) };
    api.put(builtin.customResourceDefinition, { metadata: { name: `${plural}.${group}`, annotations } });
  }
  prepare(api);
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', format: 'json', stream: { write: (line) => void lines.push(line) } });
  const types = controllersOf(keytender)
    .filter(({ isEnabled }) => isEnabled({ clusterStores } as Config))
    .map(({ kind }) => kind.type);
  await checkSchema(api, { types, dialect: keytender, hashes: schemaHashes, logger }, new AbortController().signal);
  return lines.map((line) => {
    const { level, crd, served, problem } = JSON.parse(line) as Record<string, string>;
    return `${level} ${crd}: ${served ?? problem}`;
  });
}

const edit = (kind: keyof typeof keytender.kinds, annotations: object) => (api: MemoryApi) =>
  api.edit(builtin.customResourceDefinition, '', `${keytender.kinds[kind].plural}.${keytender.group}`, { metadata: { annotations } });

describe('checkSchema', () => {
  it('says nothing when the API server serves what this version was built with', async () => {
    expect(await warnings(() => undefined)).toEqual([]);
  });

  it('names each definition of another version, and goes on', async () => {
    expect(await warnings(edit('secretStore', { [keytender.annotations.schema]: 'older' }))).toEqual([
      'warn secretstores.keytender.dev: older',
    ]);
    expect(await warnings(edit('externalSecret', { [keytender.annotations.schema]: null }))).toEqual([
      'warn externalsecrets.keytender.dev: none',
    ]);
  });

  it('looks at cluster stores only when they are used', async () => {
    const older = edit('clusterSecretStore', { [keytender.annotations.schema]: 'older' });
    expect([(await warnings(older)).length, (await warnings(older, false)).length]).toEqual([1, 0]);
  });

  it('says what is missing or may not be read', async () => {
    expect(await warnings((api) => void (api.fault = () => 'forbidden'), false)).toEqual([
      'warn secretstores.keytender.dev: the API server says forbidden',
      'warn externalsecrets.keytender.dev: the API server says forbidden',
    ]);
  });
});
