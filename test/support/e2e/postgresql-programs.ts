// The location of PostgreSQL's programs: the machine, or Debian packages that are downloaded and not installed.
import { cpSync, existsSync, globSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { failed, ok, type Result } from '../../../src/base/result.ts';
import type { Say } from '../control-plane/progress.ts';
import { debianPackages, missingForDebianPackages } from '../debian-packages.ts';
import { messageOf } from '../processes/error-code.ts';

const BINARIES = 'usr/lib/postgresql/*/bin';
const LIBRARIES = 'usr/lib/*-linux-gnu';
/** Of Debian 12: the server, and the libraries that a small machine may lack. */
const PACKAGES = (
  'postgresql-15 postgresql-client-15 libpq5 libicu72 libxml2 libldap-2.5-0 libsasl2-2 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 ' +
  'libkeyutils1 liblz4-1 libzstd1 libssl3 libsystemd0 libreadline8 libgnutls30 libnettle8 libhogweed6 libp11-kit0 libtasn1-6 libunistring2 libidn2-0'
).split(' ');

export interface PostgresqlPrograms {
  /** `/`, or where the packages are unpacked: a folder that root alone may enter. */
  readonly root: string;
}

export interface RunnablePrograms {
  /** The folder of postgres, initdb and psql. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Those of the machine, else fetched; or a sentence on what is missing. `machine` is its root. */
export async function findPostgresql(say: Say, machine = '/'): Promise<Result<PostgresqlPrograms, string>> {
  if (globSync(join(machine, BINARIES, 'postgres')).length > 0) return ok({ root: machine });
  const debian12 = existsSync('/etc/os-release') && /^VERSION_ID="?12\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  const lacking = debian12 ? await missingForDebianPackages() : 'Debian 12';
  if (lacking !== undefined) return failed(`PostgreSQL is not installed, and to fetch it this machine lacks ${lacking}`);
  try {
    return ok({ root: await debianPackages('postgresql', PACKAGES, say) });
  } catch (error) {
    return failed(`PostgreSQL is not installed and cannot be fetched: ${messageOf(error)}`);
  }
}

/** Puts fetched programs into `folder`, where others than root may run them. */
export function makeRunnable({ root }: PostgresqlPrograms, folder: string): RunnablePrograms {
  const { PATH } = process.env;
  if (root === '/') return { folder: globSync(`/${BINARIES}`)[0] ?? '', env: { PATH } };
  const own = join(folder, 'programs');
  cpSync(root, own, { recursive: true, verbatimSymlinks: true });
  const libraries = globSync(join(own, `{${LIBRARIES},lib/*-linux-gnu}`));
  return { folder: globSync(join(own, BINARIES))[0] ?? '', env: { PATH, LD_LIBRARY_PATH: libraries.join(delimiter) } };
}
