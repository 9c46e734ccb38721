/** In place of the setting of stage `local`. Most confirmations and cancellations are earlier, and some are not. */
export const REMINDER_AFTER_SECONDS = 10;
