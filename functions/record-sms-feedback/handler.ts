import { feedbackHandler } from '#shared/adapters/aws/feedback-handler.ts';
import { parseTextEvent } from '#shared/adapters/aws/text-event.ts';
import { FUNCTION } from '#shared/names.ts';

/**
 * Applies the events of End User Messaging to the rows they are about. No unknown outcome is settled by their
 * silence: they may take three days.
 */
export const handler = feedbackHandler({
  subscriber: FUNCTION.recordSmsFeedback,
  parse: parseTextEvent,
  movesFeed: false,
});
