import { feedbackHandler } from '#shared/adapters/aws/feedback-handler.ts';
import { parseSesEvent } from '#shared/adapters/aws/ses-event.ts';
import { FUNCTION } from '#shared/names.ts';

/** Applies SES's events to the rows they are about. */
export const handler = feedbackHandler({ subscriber: FUNCTION.recordFeedback, parse: parseSesEvent, movesFeed: true });
