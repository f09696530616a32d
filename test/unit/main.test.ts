// The command line: help, version, mistakes. Each is a separate process.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, jest } from '@jest/globals';

jest.setTimeout(30_000);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function keytender(args: readonly string[], env: Readonly<Record<string, string>> = {}): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(
    join(ROOT, 'node_modules', '.bin', 'node'),
    ['--disable-warning=ExperimentalWarning', join(ROOT, 'src', 'main.ts'), ...args],
    { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env } },
  );
  return { code: status, out: stdout, err: stderr };
}

describe('the command', () => {
  it.each([[['--help']], [['controller', '--help']]])('%j explains every flag', (args) => {
    const { code, out } = keytender(args);
    expect(code).toBe(0);
    const flags = [
      'namespaces',
      'concurrency',
      'leader-elect',
      'metrics-bind-address',
      'health-probe-bind-address',
      'log-level',
      'log-format',
    ];
    for (const flag of flags) expect(out).toContain(`--${flag}`);
    expect(out).toContain('KEYTENDER_');
  });

  it('tells its version', () => {
    const { code, out } = keytender(['--version']);
    expect(code).toBe(0);
    expect(out).toMatch(/\d+\.\d+\.\d+/);
  });

  it.each([
    [['controller', '--concurency=3'], '--concurrency'],
    [['controller', '--concurrency=many'], '--concurrency'],
    [['controler'], 'controller'],
    [['controller', 'too', 'many'], 'too'],
  ])('%j ends with one clear line and code 2', (args, named) => {
    const { code, out, err } = keytender(args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).toContain(named);
  });

  it('names the variable that is wrong', () => {
    const { code, err } = keytender(['controller'], { KEYTENDER_CONCURRENCY: '0' });
    expect(code).toBe(2);
    expect(err).toContain('KEYTENDER_CONCURRENCY');
  });

  it('without a cluster ends with one clear line and code 1', () => {
    const { code, err } = keytender(['controller'], { KUBECONFIG: '/nonexistent/config' });
    expect(code).toBe(1);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).toMatch(/^keytender: /);
  });
});
