// Native EventBridge events: one "Secret Label Updated" per label that moves to a new version, one "Parameter Store Change" per change.
import { randomUUID } from 'node:crypto';
import { parameterArn } from './parameter-store/parameter-name.ts';
import type { ParameterOperation } from './parameter-store/parameter-collection.ts';
import type { Parameter } from './parameter-store/parameter.ts';
import type { LabelMoved } from './secrets-manager/secret-store.ts';

interface NativeEvent {
  readonly version: '0';
  readonly id: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
}

/** The event as EventBridge delivers it. Not sent for AWSPENDING and AWSPREVIOUS, metadata, deletion, nor when a secret is created. */
export interface SecretLabelUpdated extends NativeEvent {
  readonly 'detail-type': 'Secret Label Updated';
  readonly source: 'aws.secretsmanager';
  readonly detail: { readonly name: string; readonly labelUpdated: string; readonly versionId: string };
}

/** Sent for every change, creation and deletion too; it names neither version nor label. */
export interface ParameterStoreChange extends NativeEvent {
  readonly 'detail-type': 'Parameter Store Change';
  readonly source: 'aws.ssm';
  readonly detail: { readonly name: string; readonly type: string; readonly operation: ParameterOperation; readonly description?: string };
}

export type EventListener = (event: SecretLabelUpdated | ParameterStoreChange) => void;

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
    this.#tell(() => ({
      ...nativeEvent(account, region, nowMs, secret.arn),
      'detail-type': 'Secret Label Updated',
      source: 'aws.secretsmanager',
      detail: { name: secret.name, labelUpdated: label, versionId },
    }));
  }

  emitParameter(account: string, region: string, nowMs: number, operation: ParameterOperation, parameter: Parameter): void {
    const { name, type, description } = parameter;
    this.#tell(() => ({
      ...nativeEvent(account, region, nowMs, parameterArn(account, region, name)),
      'detail-type': 'Parameter Store Change',
      source: 'aws.ssm',
      detail: { name, type, operation, ...(description !== undefined && { description }) },
    }));
  }

  #tell(make: () => SecretLabelUpdated | ParameterStoreChange): void {
    if (this.#listeners.size === 0) return;
    const event = make();
    for (const listener of this.#listeners) listener(event);
  }
}

function nativeEvent(account: string, region: string, nowMs: number, resource: string): NativeEvent {
  const time = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  return { version: '0', id: randomUUID(), account, time, region, resources: [resource] };
}
