import { senderHandler } from '#shared/adapters/aws/sender-handler.ts';
import { snsSmsProvider } from '#shared/adapters/aws/sns-sms-provider.ts';
import { FUNCTION } from '#shared/names.ts';

/** Sends the text messages that its messages ask for, each if its row permits it. */
export const handler = senderHandler(FUNCTION.sendSms, 'sms', (timeoutMs) => snsSmsProvider({ timeoutMs }));
