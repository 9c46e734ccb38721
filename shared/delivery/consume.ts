import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import type { NotificationRequested } from '#shared/domain/notification/request.ts';
import { parseEnvelope, parseWith } from '#shared/messaging/parse.ts';
import type { Log } from '#shared/ports.ts';
import { type SenderPorts, type SendRequest, sendNotification } from './sender.ts';

const requestedSchema = z.object({ notificationId: z.string(), channel: z.enum(['email', 'sms']) });

/**
 * Handles a batch of notification requests. Each message fails or succeeds alone, by its own id; only
 * what failed comes again.
 */
export async function consumeRequests(
  event: SQSEvent,
  context: Context,
  ports: SenderPorts,
): Promise<SQSBatchResponse> {
  const handle = async (record: SQSRecord): Promise<void> => {
    const request = requestFrom(record.body);
    const report = await sendNotification(request, () => context.getRemainingTimeInMillis(), ports);
    logReport(ports.log, request, report);
    if (report === 'no-time') throw new OutOfTime();
  };
  return processPartialResponse(event, logged(handle, ports.log), new BatchProcessor(EventType.SQS), { context });
}

/** The invocation has too little time left for another call; the message comes again. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** @throws PoisonMessage if this is no notification request of ours. */
export function requestFrom(body: string): SendRequest {
  const envelope = parseEnvelope(body);
  const data: NotificationRequested = parseWith(
    requestedSchema,
    envelope.data,
    'The message is no notification request',
  );
  return {
    tenant: envelope.tenantid,
    notificationId: data.notificationId,
    metadata: {
      correlationId: envelope.correlationid,
      causationId: envelope.id,
      ...(envelope.traceparent === undefined ? {} : { traceparent: envelope.traceparent }),
    },
  };
}

function logReport(log: Log, { notificationId, metadata }: SendRequest, report: string): void {
  log.info('Notification handled', { notificationId, report, correlationId: metadata.correlationId });
}

/** The batch processor answers with ids only; what went wrong has to be written down here. */
function logged(handle: (record: SQSRecord) => Promise<void>, log: Log): (record: SQSRecord) => Promise<void> {
  return async (record) => {
    try {
      await handle(record);
    } catch (error) {
      log.error('Message not handled', { messageId: record.messageId, error });
      throw error;
    }
  };
}
