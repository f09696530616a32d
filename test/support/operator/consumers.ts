// Deployments that use Secrets in a chosen way.
import type { AnyObject, Objects } from './objects.ts';

export interface ConsumerParts {
  /** Fields of its container. */
  readonly container?: object;
  /** Fields of the pod's specification. */
  readonly pod?: object;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of the pod template. */
  readonly templateAnnotations?: Readonly<Record<string, string>>;
  readonly owner?: object;
  /** Fields of the specification. */
  readonly spec?: object;
}

/** A Deployment of one pod; its pods have the label `app` with its name. */
export async function createConsumer(objects: Objects, name: string, parts: ConsumerParts): Promise<AnyObject> {
  return objects.create('deployments', consumerNamed(name, parts));
}

export function consumerNamed(name: string, parts: ConsumerParts): object {
  const { container = {}, pod = {}, labels = {}, annotations = {}, templateAnnotations = {}, owner, spec = {} } = parts;
  const matchLabels = { app: name };
  return {
    metadata: { name, labels, annotations, ...(owner === undefined ? {} : { ownerReferences: [owner] }) },
    spec: {
      selector: { matchLabels },
      replicas: 1,
      template: {
        metadata: { labels: { ...labels, ...matchLabels }, annotations: templateAnnotations },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'app', image: 'app:1', ...container }], ...pod },
      },
      ...spec,
    },
  };
}

/** Reads all keys of these Secrets as environment variables. */
export function envFrom(...secrets: readonly string[]): object {
  return { envFrom: secrets.map((name) => ({ secretRef: { name } })) };
}

/** Reads one key of a Secret as an environment variable. */
export function envOf(secret: string, key: string): object {
  return { env: [{ name: 'VALUE', valueFrom: { secretKeyRef: { name: secret, key } } }] };
}
