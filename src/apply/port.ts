/** The record that a write leaves on the Secret, as restart and status use it. Its form is part of the dialect. */
export type { RecordedSource, WriteRecord } from '../api/record-format.ts';
