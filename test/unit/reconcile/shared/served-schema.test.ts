import { describe, expect, it } from '@jest/globals';
import { builtin } from '../../../../src/api/object/builtin-types.ts';
import { keytender } from '../../../../src/api/keytender-dialect.ts';
import { schemaHashes } from '../../../../src/api/schema/schema-hash.ts';
import { groupResource } from '../../../../src/api/object/resource-type.ts';
import { valueIn } from '../../../../src/api/object/object.ts';
import type { Config } from '../../../../src/config.ts';
import { checkSchema, schemasOf } from '../../../../src/reconcile/shared/served-schema.ts';
import { controllersOf } from '../../../../src/app/controllers.ts';
import { createLogger } from '../../../../src/telemetry/log/logger.ts';
import { exampleDialect } from '../../../support/fakes/example-dialect.ts';
import { MemoryApi } from '../../../support/fakes/memory-api.ts';

/** The CRDs for which it warns, and what it says the server has. */
async function warnings(prepare: (api: MemoryApi) => void, clusterStores = true): Promise<string[]> {
  const api = new MemoryApi();
  for (const type of Object.values(keytender.kinds)) {
    const name = groupResource(type);
    const annotations = { [keytender.annotations.schema]: valueIn<string>(schemaHashes, name) };
    api.put(builtin.customResourceDefinition, { metadata: { name, annotations } });
  }
  prepare(api);
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', format: 'json', stream: { write: (line) => void lines.push(line) } });
  const controllers = controllersOf(keytender).filter(({ isEnabled }) => isEnabled({ clusterStores } as Config));
  await checkSchema(api, schemasOf(controllers), logger, new AbortController().signal);
  return lines.map((line) => {
    const { level, crd, served, problem } = JSON.parse(line) as Record<string, string>;
    return `${level} ${crd}: ${served ?? problem}`;
  });
}

const edit = (kind: keyof typeof keytender.kinds, annotations: object) => (api: MemoryApi) =>
  api.edit(builtin.customResourceDefinition, '', `${keytender.kinds[kind].plural}.${keytender.group}`, { metadata: { annotations } });

describe('schemasOf', () => {
  it('has the hash of each kind, and none for definitions of another project', () => {
    expect(Object.fromEntries(schemasOf(controllersOf(keytender)).map(({ name, hash }) => [name, hash]))).toEqual(schemaHashes);
    expect(schemasOf(controllersOf(exampleDialect))).toEqual([]);
  });

  it('refuses a kind without a hash: it would equal that of a definition without the annotation', () => {
    const dialect = { ...keytender, schemaHashes: { 'secretstores.keytender.dev': 'a', 'clustersecretstores.keytender.dev': 'b' } };
    expect(() => schemasOf(controllersOf(dialect))).toThrow(
      new TypeError('the schema of externalsecrets.keytender.dev has no hash: run npm run generate'),
    );
  });
});

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
