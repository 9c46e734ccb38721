import type { HoldProgress } from './hold-table.ts';

/** Whether the whole table was looked through. */
export const hasEnded = ({ parts }: HoldProgress): boolean => parts.every(({ ended }) => ended === true);
