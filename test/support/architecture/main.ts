// `node test/support/architecture/main.ts`: prints each violation of the architecture rules; exit code 1 if there is one.
import { resolve } from 'node:path';
import { checkArchitecture } from './check-architecture.ts';

const { modules, breaches } = await checkArchitecture(resolve(import.meta.dirname, '../../..'));
for (const breach of breaches) console.error(breach);
console.log(`${modules} modules seen, ${breaches.length} breaches`);
process.exitCode = breaches.length === 0 ? 0 : 1;
