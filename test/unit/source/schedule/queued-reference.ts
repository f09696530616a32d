// A reference for the tests of the queues, whose state a test sets.
import type { QueuedReference } from '../../../../src/source/refresh/refresh-queues.ts';

export class Reference implements QueuedReference {
  namespace: string;
  readonly number: number;
  isUsed = true;
  isAnswered = false;

  get namespaces(): readonly string[] {
    return [this.namespace];
  }

  constructor(namespace: string, number: number) {
    this.namespace = namespace;
    this.number = number;
  }
}
