import { stateDue } from '#shared/once/due.ts';
import { REMINDER_KIND, reminderKeyIn } from './reminder.ts';

/** Orders whose contact is reminded unless they are confirmed. */
export const REMINDER_DUE = stateDue(REMINDER_KIND, reminderKeyIn);
