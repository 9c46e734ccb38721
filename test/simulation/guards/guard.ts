import type { Always } from '../run.ts';
import type { SmallCase } from '../small-cases.ts';

/** A guard of the real code, and how it is removed: a text that occurs once in a file is replaced by another. */
export type Guard = {
  name: string;
  /** What it prevents. */
  against: string;
  edits: { file: string; find: string; replace: string }[];
  /** The small case that shows its absence, where the seeded runs do not: see small-cases.ts. */
  small?: SmallCase;
  /** The number of messages of a redrive at the highest rate that shows its absence, where the other runs do not. */
  redrive?: number;
  /** What the seeded runs that show its absence have. */
  always?: Always;
};
