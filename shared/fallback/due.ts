import { stateDue } from '#shared/once/due.ts';
import { FALLBACK_KIND, fallbackKeyIn } from './fallback.ts';

/** Notifications whose delivery is awaited, so that the contact is reached on the other channel otherwise. */
export const FALLBACK_DUE = stateDue(FALLBACK_KIND, fallbackKeyIn);
