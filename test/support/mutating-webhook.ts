// A mutating admission webhook on loopback with the changes of a test, for the namespaces with its label.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeCertificateAuthority } from './control-plane/certificates.ts';
import type { ClusterAccess } from './control-plane/cluster-access.ts';
import { waitUntil } from './control-plane/wait-until.ts';
import type { AnyObject } from './operator/objects.ts';

export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

export interface MutatingWebhook extends AsyncDisposable {
  /** Takes the configuration away; objects pass unchanged from then on. */
  stop(): Promise<void>;
}

interface Review {
  readonly request: { readonly uid: string; readonly object: AnyObject };
}

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';

/** Registers a webhook for creates and updates of Secrets in this namespace; resolves when the API server calls it. */
export async function startMutatingWebhook(
  access: ClusterAccess,
  namespace: string,
  mutate: (secret: AnyObject) => readonly PatchOperation[],
): Promise<MutatingWebhook> {
  const authority = makeCertificateAuthority('keytender-test-webhook-ca');
  const { certPem, keyPem } = authority.issueServer({ commonName: 'webhook' }, ['127.0.0.1']);
  let called = false;
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    called = true;
    void answer(request, response, mutate);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const name = `mutate-${namespace}`;
  const created = await access.api.send({
    method: 'POST',
    path: CONFIGURATIONS,
    body: configuration(name, namespace, (server.address() as AddressInfo).port, authority.certPem),
  });
  if (created.status !== 201) throw new Error(`webhook ${name}: HTTP ${created.status} ${JSON.stringify(created.body)}`);
  await waitUntil('the webhook is called', async () => {
    await probe(access, namespace);
    return called;
  });
  const stop = async (): Promise<void> => {
    await access.api.send({ method: 'DELETE', path: `${CONFIGURATIONS}/${name}` });
    await waitUntil('the webhook is called no more', async () => {
      called = false;
      await probe(access, namespace);
      return !called;
    });
  };
  return {
    stop,
    [Symbol.asyncDispose]: async () => {
      await access.api.send({ method: 'DELETE', path: `${CONFIGURATIONS}/${name}` });
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A create that is thrown away, because the API server takes a configuration into use with a delay. */
async function probe(access: ClusterAccess, namespace: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { generateName: 'probe-' } };
  await access.api.send({ method: 'POST', path: `/api/v1/namespaces/${namespace}/secrets?dryRun=All`, body });
}

function configuration(name: string, namespace: string, port: number, caPem: string): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: 'mutate.keytender.test',
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(caPem).toString('base64') },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['secrets'], operations: ['CREATE', 'UPDATE'], scope: 'Namespaced' }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Ignore',
      },
    ],
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  mutate: (secret: AnyObject) => readonly PatchOperation[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Review;
  const patch = mutate(review.request.object);
  const patched = patch.length === 0 ? {} : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
  const body = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: review.request.uid, allowed: true, ...patched },
  };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
