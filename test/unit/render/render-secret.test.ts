import { describe, expect, it } from '@jest/globals';
import { externalSecretSpecSchema } from '../../../src/api/schema/external-secret.ts';
import { SecretValue } from '../../../src/base/secret-value.ts';
import { renderSecret } from '../../../src/render/render-secret.ts';
import type { SecretTemplate } from '../../../src/render/port.ts';
import { invalidSpec } from '../../../src/resolve/store/invalid-spec.ts';
import { said } from '../../support/said.ts';

const base = { secretStoreRef: { name: 's' }, data: [{ secretKey: 'a', remoteRef: { key: 'k' } }] };

type Target = {
  readonly immutable?: boolean;
  readonly template?: { readonly type?: string; readonly metadata?: Pick<SecretTemplate, 'labels' | 'annotations'> };
};

function templateOf({ immutable, template: { type, metadata } = {} }: Target = {}): SecretTemplate {
  return { field: 'target.template', type, immutable, ...metadata };
}

function render(target: Target | undefined, values: Readonly<Record<string, string>> = { a: 'x' }) {
  const data = new Map(Object.entries(values).map(([key, value]) => [key, SecretValue.ofText(value)]));
  const outcome = renderSecret(templateOf(target), data, ['keytender.dev']);
  return outcome.ok ? outcome.value : outcome.failure.reason;
}

describe('renderSecret', () => {
  it('gives an Opaque Secret that can change, unless told otherwise', () => {
    expect(render(undefined)).toMatchObject({ type: 'Opaque', immutable: false, labels: {}, annotations: {} });
    const metadata = { labels: { a: '1' }, annotations: { b: '2' } };
    expect(render({ immutable: true, template: { type: 'example.com/x', metadata } })).toMatchObject({
      type: 'example.com/x',
      immutable: true,
      ...metadata,
    });
  });

  it('takes a MiB of values, and not a byte more', () => {
    const half = 'x'.repeat(512 * 1024);
    expect(render(undefined, { a: half, b: half })).toMatchObject({ type: 'Opaque' });
    expect(render(undefined, { a: half, b: `${half}x` })).toBe('SecretTooLarge');
  });

  it('takes 256 KiB of keys, and no more', () => {
    const named = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [String(index).padStart(128, 'k'), '']));
    expect(render(undefined, named(2_048))).toMatchObject({ type: 'Opaque' });
    expect(render(undefined, named(2_049))).toBe('SecretTooLarge');
  });

  it.each(['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token', 'helm.sh/release.v1'])('refuses the type %s', (type) => {
    expect(render({ template: { type } })).toBe('TargetReserved');
  });

  it.each(['keytender.dev/managed', 'record.keytender.dev/x', 'kubernetes.io/service-account.name'])(
    'refuses %s as label and annotation',
    (name) => {
      expect(render({ template: { metadata: { labels: { [name]: '' } } } })).toBe('TargetReserved');
      expect(render({ template: { metadata: { annotations: { [name]: '' } } } })).toBe('TargetReserved');
    },
  );

  const invalid = ['', 'a b', '-a', 'a/', '/a', 'a/b/c', 'A.com/-', 'a'.repeat(64), `${'a'.repeat(254)}/b`, 'a'.repeat(240_000)];

  it.each(invalid)('names a key of labels or annotations that the API server would refuse and quote back (%#)', (name) => {
    for (const field of ['labels', 'annotations']) {
      const target = { template: { metadata: { [field]: { [name]: '' } } } };
      const spec = externalSecretSpecSchema.safeParse({ ...base, target });
      const rendered = spec.success ? renderSecret(templateOf(target), new Map(), ['keytender.dev']) : invalidSpec(spec.error);
      if (rendered.ok) throw new Error(`taken: ${name}`);
      expect(rendered.failure.reason).toBe('InvalidSpec');
      expect(said(rendered.failure)).toContain('metadata');
      expect(said(rendered.failure).length).toBeLessThan(300);
    }
  });

  it('takes keys and values of labels as the API server does', () => {
    const labels = { 'app.kubernetes.io/name': 'a_B.c-1', A: '', [`${'a'.repeat(253)}/${'b'.repeat(63)}`]: 'x' };
    const annotations = { 'Example.com/Some_name': 'any text\n', '9': '' };
    expect(render({ template: { metadata: { labels, annotations } } })).toMatchObject({ labels, annotations });
    expect(render({ template: { metadata: { labels: { a: 'b c' } } } })).toBe('InvalidSpec');
  });

  it.each([
    ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
    ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
    ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
    ['kubernetes.io/dockercfg', ['.dockercfg']],
  ] as const)('wants the keys of %s before the API server does', (type, keys) => {
    expect(render({ template: { type } }, Object.fromEntries(keys.map((key) => [key, 'x'])))).toMatchObject({ type });
    for (const missing of keys) {
      expect(render({ template: { type } }, Object.fromEntries(keys.filter((key) => key !== missing).map((key) => [key, 'x'])))).toBe(
        'InvalidSpec',
      );
    }
  });
});
