/** The version of this build. package.json is beside src in a checkout and beside dist in the image. */
import { readFileSync } from 'node:fs';

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string };
  return manifest.version;
}

export const version = readVersion();
