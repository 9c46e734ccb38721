import { feedbackHandler } from '#shared/adapters/aws/feedback-handler.ts';
import { parseSesEvent } from '#shared/adapters/aws/ses-event.ts';
import { FUNCTION } from '#shared/names.ts';

/** Applies events of SES to the rows of their notifications. */
export const handler = feedbackHandler({ subscriber: FUNCTION.recordFeedback, parse: parseSesEvent, movesFeed: true });
