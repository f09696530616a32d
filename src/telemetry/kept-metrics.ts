/** Metrics of the memory for objects of the operator's own kinds. */
import type { Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';

/** The figures of one kind. */
export interface KeptFigures {
  readonly kind: string;
  /** Estimated size. */
  readonly bytes: number;
  readonly limit: number;
  /** Objects of which only names are kept. */
  readonly notKept: number;
}

/** `figures` is called at each scrape. */
export function createKeptMetrics(registry: Registry, figures: () => readonly KeptFigures[]): void {
  const { gauge } = instrumentsOf(registry);
  const tell = (name: string, help: string, valueOf: (of: KeptFigures) => number): void => {
    gauge(name, help, ['kind'], (made) => {
      for (const of of figures()) made.set({ kind: of.kind }, valueOf(of));
    });
  };
  tell('keytender_kept_bytes', 'Memory that the objects of a kind take, estimated.', ({ bytes }) => bytes);
  tell('keytender_kept_bytes_limit', 'Memory that the objects of a kind may take, estimated.', ({ limit }) => limit);
  const help = 'Objects that are more than their namespace may have kept: they are known by name only and are not worked on.';
  tell('keytender_objects_not_kept', help, ({ notKept }) => notKept);
}
