// The hostile harness compiles ahead what the operator loads at its first use.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from '@jest/globals';
import { LOADED_LATER } from '../../support/hostile/compile-ahead.ts';
import { ROOT } from '../../support/jest-run.ts';

/** It creates the services of AWS, and is loaded at the start. */
const SERVICES = 'src/aws/aws-services.ts';

it('compiles each module ahead that the services of AWS load later', () => {
  const later = readFileSync(join(ROOT, SERVICES), 'utf8').matchAll(/import\('(\..*?)'\)/g);
  const paths = Array.from(later, ([, path = '']) => relative(ROOT, join(ROOT, dirname(SERVICES), path)));
  expect(paths.toSorted()).toEqual([...LOADED_LATER]);
});
