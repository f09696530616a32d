// The names of the phases.

/** Cold start and restart are always measured, what follows them only if it is asked for. */
export const phaseNames = ['steady', 'one-change', 'all-changes', 'load', 'scrapes', 'outage', 'floor', 'naive'] as const;
export type PhaseName = (typeof phaseNames)[number];
