// Native EventBridge events of Secrets Manager: one "Secret Label Updated" per label that moves to a new version.
import { randomUUID } from 'node:crypto';
import type { LabelMoved } from './secrets-manager/secret-store.ts';

/** The event as EventBridge delivers it. Not sent for AWSPENDING and AWSPREVIOUS, metadata, deletion, nor when a secret is created. */
export interface SecretLabelUpdated {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': 'Secret Label Updated';
  readonly source: 'aws.secretsmanager';
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: { readonly name: string; readonly labelUpdated: string; readonly versionId: string };
}

export type EventListener = (event: SecretLabelUpdated) => void;

export interface Events {
  /** Listens until the returned function is called. */
  on(listener: EventListener): () => void;
}

export class EventSource implements Events {
  readonly #listeners = new Set<EventListener>();

  on(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(account: string, region: string, nowMs: number, { secret, label, versionId }: LabelMoved): void {
    if (this.#listeners.size === 0) return;
    const event: SecretLabelUpdated = {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Secret Label Updated',
      source: 'aws.secretsmanager',
      account,
      time: `${new Date(nowMs).toISOString().slice(0, 19)}Z`,
      region,
      resources: [secret.arn],
      detail: { name: secret.name, labelUpdated: label, versionId },
    };
    for (const listener of this.#listeners) listener(event);
  }
}
