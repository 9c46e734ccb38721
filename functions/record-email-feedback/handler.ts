import { emailEvents } from '#shared/adapters/aws/providers/email-events.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { feedbackHandler } from '#shared/adapters/aws/runtime/feedback-handler.ts';
import { EMAIL_FEEDBACK_SUBSCRIBER, ENV } from '#shared/names.ts';

const { provider } = readEnvironment({ provider: [ENV.emailProvider, 'text'] });
const { parseEvent } = await emailEvents(provider);

/** Applies events of the e-mail provider to the rows of their notifications. */
export const handler = feedbackHandler({
  subscriber: EMAIL_FEEDBACK_SUBSCRIBER,
  parse: parseEvent,
  feedOf: provider,
});
