/**
 * Loads client-node's KubeConfig without the rest of client-node. The module of KubeConfig imports two functions from the index of the
 * generated client. That index loads every API group and model of Kubernetes: 45 MB and half a second, for a method that Keytender does not
 * use.
 */
import { registerHooks } from 'node:module';
import type { KubeConfig } from '@kubernetes/client-node';

const IMPORTER = '/@kubernetes/client-node/dist/config.js';
const INDEX = './gen/index.js';
/** The modules that define the two functions. */
const SOURCES = ['gen/configuration.js', 'gen/servers.js'];

export async function loadKubeConfigClass(): Promise<new () => KubeConfig> {
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      const { parentURL } = context;
      if (specifier !== INDEX || parentURL?.endsWith(IMPORTER) !== true) return nextResolve(specifier, context);
      const lines = SOURCES.map((source) => `export * from ${JSON.stringify(new URL(source, parentURL).href)};`);
      return { url: `data:text/javascript,${encodeURIComponent(lines.join('\n'))}`, format: 'module', shortCircuit: true };
    },
  });
  try {
    const { KubeConfig: Class } = await import('@kubernetes/client-node/dist/config.js');
    return Class;
  } finally {
    hooks.deregister();
  }
}
