import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { senderHandler } from '#shared/adapters/aws/sender-handler.ts';
import { sesProvider } from '#shared/adapters/aws/ses-provider.ts';
import { ENV, FUNCTION } from '#shared/names.ts';

const mail = readEnvironment({ sender: [ENV.sender, 'text'], configurationSet: [ENV.configurationSet, 'text'] });

/** Sends the e-mails that its messages ask for, each if its row permits it. */
export const handler = senderHandler(FUNCTION.sendEmail, 'email', (timeoutMs) => sesProvider({ ...mail, timeoutMs }));
