// The network of one node: a link between this machine and the node's namespace, and a bridge for pods in it. There is no further route, so
// traffic of pods stays on this machine. All of it ends with the namespace.
import { mustRun, runCommand } from '../control-plane/run-command.ts';
import type { NodeNamespaces } from './namespaces.ts';

/** Addresses of RFC 2544 (198.18.0.0/15), which no network uses. */
export interface NodeNetwork {
  /** The link's name on this machine. */
  readonly link: string;
  /** This machine, as pods see it. */
  readonly hostAddress: string;
  readonly nodeAddress: string;
  readonly podSubnet: string;
}

/** The service that every pod knows from its environment (KUBERNETES_SERVICE_HOST). */
export const API_SERVICE = { address: '10.96.0.1', port: 443, range: '10.96.0.0/16' } as const;

const NETWORKS = 256;

/** Makes the link with addresses that no other node has, and routes both ways. */
export async function makeNetwork(namespaces: NodeNamespaces): Promise<NodeNetwork> {
  const network = networkNumber(await makeLink(namespaces.pid));
  const { link, hostAddress, nodeAddress, podSubnet } = network;
  await mustRun('ip', ['address', 'add', `${hostAddress}/30`, 'dev', link]);
  await mustRun('ip', ['link', 'set', link, 'up']);
  await mustRun('ip', ['route', 'add', podSubnet, 'via', nodeAddress]);
  const inside = [
    'set -e',
    'ip link set lo up',
    `ip address add ${nodeAddress}/30 dev uplink`,
    'ip link set uplink up',
    `ip route add ${API_SERVICE.range} via ${hostAddress}`, // without a route a packet of the node itself never meets the rule below
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
  ];
  await namespaces.run('sh', ['-c', inside.join('\n')]);
  return network;
}

/** Leads the API server's service address to a port of this machine: all of kube-proxy that is needed. */
export async function serveApi(namespaces: NodeNamespaces, network: NodeNetwork, port: number): Promise<void> {
  const { address } = API_SERVICE;
  for (const chain of ['PREROUTING', 'OUTPUT']) {
    const match = ['-d', `${address}/32`, '-p', 'tcp', '--dport', String(API_SERVICE.port)];
    const target = ['-j', 'DNAT', '--to-destination', `${network.hostAddress}:${port}`];
    await namespaces.run('iptables', ['-w', '-t', 'nat', '-A', chain, ...match, ...target]);
  }
}

/** The CNI configuration of the pods' bridge. */
export function cniConfig({ podSubnet }: NodeNetwork, dataDir: string): unknown {
  const ipam = { type: 'host-local', dataDir, ranges: [[{ subnet: podSubnet }]], routes: [{ dst: '0.0.0.0/0' }] };
  const bridge = { type: 'bridge', bridge: 'pods', isGateway: true, ipMasq: false, hairpinMode: true, ipam };
  return { cniVersion: '0.4.0', name: 'pods', plugins: [bridge] };
}

function networkNumber(index: number): NodeNetwork {
  return {
    link: linkName(index),
    hostAddress: `198.18.${index}.1`,
    nodeAddress: `198.18.${index}.2`,
    podSubnet: `198.19.${index}.0/24`,
  };
}

function linkName(index: number): string {
  return `keytender${index}`;
}

/** Names are unique on a machine, so whoever makes the link has the number and its addresses. */
async function makeLink(pid: number): Promise<number> {
  let problem = '';
  for (let attempt = 0; attempt < NETWORKS; attempt++) {
    const index = (pid + attempt) % NETWORKS;
    const words = `link add ${linkName(index)} type veth peer name uplink netns ${pid}`.split(' ');
    const { code, stderr } = await runCommand('ip', words);
    if (code === 0) return index;
    problem = stderr.trim();
    if (!problem.includes('File exists')) break;
  }
  throw new Error(`no link to a node can be made: ${problem}`);
}
