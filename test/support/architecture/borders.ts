// Rules for operations that only some folders may use: I/O, the bytes of a secret, names of the API group.
import { posix } from 'node:path';
import { unitOf } from './layers.ts';
import type { SourceModule } from './source-module.ts';

/** Packages that only one unit imports; the end of a scope is a slash. */
const HOMES: readonly (readonly [packagePrefix: string, unit: string])[] = [
  ['@kubernetes/client-node', 'kube'],
  ['undici', 'kube'],
  ['@aws-sdk/', 'aws'],
  ['@smithy/', 'aws'],
];

/**
 * Who may call SecretValue.reveal(): what makes values out of values (resolve takes properties from JSON), writes them, or signs in with them.
 */
const REVEALERS: readonly string[] = ['src/base/secret-value.ts', 'src/resolve/', 'src/render/', 'src/apply/', 'src/aws/'];

const GROUP = 'keytender.dev';

/** Holds the dialect of Keytender's own group. */
const OWN_DIALECT = 'keytender-dialect.ts';
/** Units that may name it: those that wire the operator, and those that generate its files. All others are given a dialect. */
const WIRING: ReadonlySet<string> = new Set(['main', 'app', 'cli', 'codegen', 'api']);

export function homeBreaches(modules: readonly SourceModule[]): string[] {
  return modules.flatMap(({ path, imports }) =>
    imports
      .filter(({ specifier }) => HOMES.some(([prefix, unit]) => belongsTo(specifier, prefix) && unitOf(path) !== unit))
      .map(({ specifier }) => `${path}: imports ${specifier}, which belongs to another folder`),
  );
}

export function revealBreaches(modules: readonly SourceModule[]): string[] {
  return modules
    .filter(({ path, calledMethods }) => calledMethods.has('reveal') && !REVEALERS.some((place) => path.startsWith(place)))
    .map(({ path }) => `${path}: calls reveal(); only ${REVEALERS.join(', ')} may`);
}

export function nameBreaches(modules: readonly SourceModule[]): string[] {
  return modules
    .filter(({ path, literals }) => unitOf(path) !== 'api' && literals.some((literal) => literal.includes(GROUP)))
    .map(({ path }) => `${path}: writes ${GROUP}; names come from src/api`);
}

export function dialectBreaches(modules: readonly SourceModule[]): string[] {
  return modules
    .filter(({ path }) => !WIRING.has(unitOf(path)))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => posix.basename(specifier) === OWN_DIALECT)
        .map(({ specifier }) => `${path}: imports ${specifier}; a dialect is passed, so that another group can be served too`),
    );
}

/** What the operator loads must be installed with it. */
export function dependencyBreaches(modules: readonly SourceModule[], dependencies: ReadonlySet<string>): string[] {
  return modules
    .filter(({ path }) => unitOf(path) !== 'codegen')
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier, typeOnly }) => !typeOnly && !/^(\.|node:)/.test(specifier) && !dependencies.has(packageOf(specifier)))
        .map(({ specifier }) => `${path}: imports ${specifier}, which is not among the dependencies of package.json`),
    );
}

function belongsTo(specifier: string, prefix: string): boolean {
  return prefix.endsWith('/') ? specifier.startsWith(prefix) : packageOf(specifier) === prefix;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
