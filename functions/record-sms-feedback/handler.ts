import { parseTextEvent } from '#shared/adapters/aws/providers/end-user-messaging/event.ts';
import { feedbackHandler } from '#shared/adapters/aws/runtime/feedback-handler.ts';
import { FUNCTION } from '#shared/names.ts';

/**
 * Applies events of End User Messaging to the rows of their notifications. A missing event does not settle an unknown
 * outcome, because an event may take three days.
 */
export const handler = feedbackHandler({
  subscriber: FUNCTION.recordSmsFeedback,
  parse: parseTextEvent,
});
