import { parseSesEvent } from '#shared/adapters/aws/providers/ses-event.ts';
import { feedbackHandler } from '#shared/adapters/aws/runtime/feedback-handler.ts';
import { EMAIL_FEEDBACK_SUBSCRIBER } from '#shared/names.ts';

/** Applies events of SES to the rows of their notifications. */
export const handler = feedbackHandler({
  subscriber: EMAIL_FEEDBACK_SUBSCRIBER,
  parse: parseSesEvent,
  movesFeed: true,
});
