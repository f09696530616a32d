/** Addresses to listen on, in the syntax of controller-runtime: ":8080", "127.0.0.1:8080", "[::1]:8080", and "0" for no server. */

export type BindAddress = { readonly kind: 'off' } | { readonly kind: 'listen'; readonly host?: string; readonly port: number };

const SHAPE = /^(?:\[(?<v6>[0-9A-Fa-f:.]{2,45})\]|(?<host>[A-Za-z0-9.-]{1,253}))?:(?<port>\d{1,5})$/;

/** Undefined for an invalid address. With port 0 the system selects a port. */
export function parseBindAddress(text: string): BindAddress | undefined {
  if (text === '0') return { kind: 'off' };
  const groups = SHAPE.exec(text)?.groups;
  const port = Number(groups?.['port']);
  if (groups === undefined || port > 65_535) return undefined;
  const host = groups['v6'] ?? groups['host'];
  return host === undefined ? { kind: 'listen', port } : { kind: 'listen', host, port };
}
