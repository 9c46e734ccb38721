import { ATTACHMENT_DUE } from '#shared/attachment/attachment.ts';
import { ERASURE_DUE } from '#shared/erasure/erasure.ts';
import { FALLBACK_DUE } from '#shared/fallback/due.ts';
import { NOTIFICATION_DUE, UNKNOWN_DUE } from '#shared/notification/due.ts';
import { EARLIER_LETTER_DUE, OUTBOX_DUE } from '#shared/once/due.ts';
import { REMINDER_DUE } from '#shared/reminder/due.ts';
import { STATISTICS_DUE } from '#shared/statistics/due.ts';

/** The kinds of rows that `wake-due` wakes, by the name of the constant that its handler uses. */
export const WOKEN_KINDS = {
  OUTBOX_DUE,
  NOTIFICATION_DUE,
  UNKNOWN_DUE,
  ATTACHMENT_DUE,
  ERASURE_DUE,
  STATISTICS_DUE,
  REMINDER_DUE,
  FALLBACK_DUE,
  EARLIER_LETTER_DUE,
} as const;
