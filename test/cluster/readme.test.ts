// The manifests in the documentation, validated strictly by the API server.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeNamespace, type TestNamespace } from '../support/control-plane/namespace.ts';
import { acquireSharedControlPlane, type SharedControlPlane } from '../support/control-plane/shared.ts';
import { codeBlocks, markdownFiles } from '../support/docs/markdown.ts';

let controlPlane: SharedControlPlane;
let namespace: TestNamespace;

const manifests = markdownFiles().flatMap((file) =>
  codeBlocks(file, 'yaml')
    .filter((text) => text.includes('apiVersion:') && !text.includes('kustomize.config.k8s.io'))
    .map((text, index) => ({ place: `${file.path}, manifest ${index + 1}`, text })),
);

beforeAll(async () => {
  controlPlane = await acquireSharedControlPlane();
  namespace = await makeNamespace(controlPlane, 'readme');
}, 120_000);

afterAll(async () => {
  await namespace?.[Symbol.asyncDispose]();
  await controlPlane?.[Symbol.asyncDispose]();
});

describe('the manifests in the documentation', () => {
  it('are found', () => {
    expect(manifests.map(({ place }) => place)).toEqual(expect.arrayContaining(['README.md, manifest 1', 'README.md, manifest 2']));
  });

  it.each(manifests)('$place is accepted', async ({ text }) => {
    const args = ['apply', '-n', namespace.name, '--dry-run=server', '--validate=strict', '-f', '-'];
    const { code, stdout, stderr } = await controlPlane.kubectl(args, { input: text });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('created (server dry run)');
  });

  it('would be refused with a field that does not exist', async () => {
    const { text } = manifests.find(({ text: one }) => one.includes('kind: ExternalSecret')) ?? { text: '' };
    const args = ['apply', '-n', namespace.name, '--dry-run=server', '--validate=strict', '-f', '-'];
    const { code, stderr } = await controlPlane.kubectl(args, { input: text.replace('refreshInterval', 'refreshIntervall') });
    expect(code).not.toBe(0);
    expect(stderr).toContain('unknown field "spec.refreshIntervall"');
  });
});
