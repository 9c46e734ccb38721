import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { senderPorts } from '#shared/adapters/aws/sender-ports.ts';
import { snsSmsProvider } from '#shared/adapters/aws/sns-sms-provider.ts';
import { consumeRequests } from '#shared/delivery/consume.ts';
import { FUNCTION } from '#shared/names.ts';

const ports = senderPorts(FUNCTION.sendSms, 'sms', (timeoutMs) => snsSmsProvider({ timeoutMs }));

/** Sends the text messages that its messages ask for, each if its row permits it. */
export const handler = (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  consumeRequests(event, context, ports);
