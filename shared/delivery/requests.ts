import * as z from 'zod/mini';
import type { NotificationRequested } from '#shared/domain/notification/request.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { PoisonMessage, parseEnvelope, parseWith } from '#shared/messaging/parse.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { type SenderPorts, type SendRequest, sendNotification } from './sender.ts';

/** The invocation has too little time left for another call; the message comes again. */
class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/**
 * Handles one message that asks for a notification to be sent.
 * @throws PoisonMessage if it can never be handled, OutOfTime if it should come again.
 */
export async function handleRequest(body: string, remainingMs: () => number, ports: SenderPorts): Promise<void> {
  const request = requestFrom(body);
  const report = await sendNotification(request, remainingMs, ports);
  const { notificationId, metadata } = request;
  ports.log.info('Notification handled', { notificationId, report, correlationId: metadata.correlationId });
  if (report === 'no-time') throw new OutOfTime();
  if (report === 'no-such-notification')
    throw new PoisonMessage('NO_SUCH_NOTIFICATION', 'No notification of that id belongs to that tenant.');
}

const requestedSchema = z.object({ notificationId: z.string(), channel: z.enum(['email', 'sms']) });

function requestFrom(body: string): SendRequest {
  const envelope = parseEnvelope(body);
  checkType(envelope);
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

/**
 * A newer version than ours is set aside without loss: the notification's own row is still due, and
 * announces itself again in a version that every release can read.
 */
function checkType({ type }: Envelope): void {
  if (type === NOTIFICATION_REQUESTED) return;
  const [name] = NOTIFICATION_REQUESTED.split(/\.v\d+$/);
  const reason = type.startsWith(`${name}.v`) ? 'NEWER_VERSION' : 'UNKNOWN_TYPE';
  throw new PoisonMessage(reason, `This subscriber handles ${NOTIFICATION_REQUESTED}, not ${type.slice(0, 100)}.`);
}
