/** The content of a message of the queue. */
import type { Change } from '../references/change.ts';

export type ParsedMessage =
  | { readonly kind: 'change'; readonly change: Change }
  /** An event that changed no value. */
  | { readonly kind: 'foreign' }
  /** Not a message of AWS. */
  | { readonly kind: 'poison' };
