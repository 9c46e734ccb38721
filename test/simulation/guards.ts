import { DELIVERY_GUARDS } from './guards/delivery.ts';
import { ERASURE_GUARDS } from './guards/erasure.ts';
import type { Guard } from './guards/guard.ts';
import { ONCE_GUARDS } from './guards/once.ts';
import { PROCESS_GUARDS } from './guards/processes.ts';
import { REDRIVE_GUARDS } from './guards/redrives.ts';
import { SETTLEMENT_GUARDS } from './guards/settlement.ts';

/**
 * Every guard on which the promise depends. Without any one of them, the simulation must find a violation: a guard whose
 * absence is not noticed is either untested or not needed.
 */
export const GUARDS: Guard[] = [
  ...ONCE_GUARDS,
  ...DELIVERY_GUARDS,
  ...SETTLEMENT_GUARDS,
  ...ERASURE_GUARDS,
  ...PROCESS_GUARDS,
  ...REDRIVE_GUARDS,
];
