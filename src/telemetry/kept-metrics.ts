/** Metrics of how much is kept in memory of the operator's own kinds. */
import type { Registry } from 'prom-client';
import { instrumentsOf } from './instruments.ts';

/** Of one kind. */
export interface KeptFigures {
  readonly kind: string;
  /** Estimated. */
  readonly bytes: number;
  readonly limit: number;
  /** Objects that are known by name only. */
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
