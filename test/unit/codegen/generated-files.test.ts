import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { keytender } from '../../../src/api/keytender-dialect.ts';
import { failureReasons, stateReasons } from '../../../src/failure/reasons.ts';
import { generatedFiles } from '../../../src/codegen/generated-files.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

describe('the generated files', () => {
  let files: ReadonlyMap<string, string>;
  beforeAll(async () => {
    files = await generatedFiles();
  });

  it('are what is committed', async () => {
    expect(files.size).toBeGreaterThanOrEqual(10);
    for (const [file, text] of files) {
      expect({ file, text: await readFile(path.join(ROOT, file), 'utf8') }).toEqual({ file, text });
    }
  });

  it('are the same each time', async () => {
    expect([...(await generatedFiles())]).toEqual([...files]);
  });

  it('explain every reason', () => {
    const text = files.get('docs/reference/reasons.md') ?? '';
    for (const reason of Object.keys({ ...failureReasons, ...stateReasons })) expect(text).toContain(`| \`${reason}\` `);
  });

  it('list the fields of every kind', () => {
    const text = files.get('docs/reference/api.md') ?? '';
    for (const { kind } of Object.values(keytender.kinds)) expect(text).toContain(`## ${kind}\n`);
    expect(text).toContain('`spec.data[].remoteRef.key`');
    expect(text).toContain('`status.conditions[].reason`');
  });

  it('wrap the definitions of the chart in its switch, and keep them on uninstall', () => {
    for (const { plural } of Object.values(keytender.kinds)) {
      const text = files.get(`charts/keytender/templates/crds/${plural}.yaml`) ?? '';
      expect(text).toMatch(/\{\{- if \.Values\.crds\.install \}\}\napiVersion: [\s\S]*\{\{- end \}\}\n$/);
      expect(text).toContain('    helm.sh/resource-policy: keep\n');
    }
  });
});
