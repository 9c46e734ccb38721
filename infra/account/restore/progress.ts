import type { HoldProgress } from './hold-table.ts';

/** Whether the whole table has been scanned. */
export const hasEnded = ({ parts }: HoldProgress): boolean => parts.every(({ ended }) => ended === true);
