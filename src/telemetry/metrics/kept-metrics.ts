/** Metrics of the memory that namespaces share for objects. */
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
  tell('keytender_kept_bytes', 'Estimated memory of the objects of a kind.', ({ bytes }) => bytes);
  tell('keytender_kept_bytes_limit', 'Limit of the estimated memory of the objects of a kind.', ({ limit }) => limit);
  const help = 'Objects beyond the memory share of their namespace: only their names are kept.';
  tell('keytender_objects_not_kept', help, ({ notKept }) => notKept);
}
