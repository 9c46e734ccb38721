import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { senderPorts } from '#shared/adapters/aws/sender-ports.ts';
import { sesProvider } from '#shared/adapters/aws/ses-provider.ts';
import { consumeRequests } from '#shared/delivery/consume.ts';
import { ENV, FUNCTION } from '#shared/names.ts';

const mail = readEnvironment({ sender: [ENV.sender, 'text'], configurationSet: [ENV.configurationSet, 'text'] });
const ports = senderPorts(FUNCTION.sendEmail, 'email', (timeoutMs) => sesProvider({ ...mail, timeoutMs }));

/** Sends the e-mails that its messages ask for, each if its row permits it. */
export const handler = (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  consumeRequests(event, context, ports);
