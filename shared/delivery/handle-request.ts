import { absent, NotSeenYet } from '#shared/messaging/absence.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage, parseEnvelope, parseWith } from '#shared/messaging/parse.ts';
import { object, oneOf, type Read, textThat } from '#shared/messaging/read.ts';
import { shapeOf, upgraded } from '#shared/messaging/versions.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { NO_SUCH_NOTIFICATION, parseNotificationId } from '#shared/notification/notification-id.ts';
import { isSystemReason, type SystemReason } from '#shared/notification/redrive.ts';
import { type SenderPorts, type SendRequest, sendNotification } from './sender.ts';

/** The invocation has too little time left for another call. The message is redelivered. */
class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/**
 * Handles one message that requests sending a notification. A message or a row of a newer release is skipped without a
 * failure. That loses nothing, because only the row permits sending. The row is still due, so `wake-due` announces it
 * again until a release that can read both has handled it. A retry through the queue would be given up earlier.
 * @throws PoisonMessage if it can never be handled, OutOfTime or NotSeenYet if it should be redelivered.
 */
export async function handleRequest(body: string, remainingMs: () => number, ports: SenderPorts): Promise<void> {
  try {
    await handle(body, remainingMs, ports);
  } catch (error) {
    if (!(error instanceof NewerVersion)) throw error;
    ports.log.warn('Request of a newer version left to a newer release', { error });
  }
}

async function handle(body: string, remainingMs: () => number, ports: SenderPorts): Promise<void> {
  const { request, requestedAt } = requestFrom(body);
  const report = await sendNotification(request, remainingMs, ports);
  ports.log.info('Notification handled', { notificationId: request.notificationId, report });
  if (report === 'no-time') throw new OutOfTime();
  if (report === 'content-unseen') throw new NotSeenYet('What the notification says is not seen yet.');
  if (isSystemReason(report)) throw failedForSystem(report, request);
  if (report === 'no-such-notification') throw absent(NO_SUCH_NOTIFICATION, requestedAt, ports.clock.now());
}

/**
 * The row is FAILED, and the cause is not the message but our table or bucket, so a person has to see it. The dead letter
 * is about the notification, because a reminder may report the failure as well.
 */
const failedForSystem = (reason: SystemReason, { tenant, notificationId }: SendRequest): PoisonMessage =>
  new PoisonMessage(reason, LOST[reason], { about: `${tenant}/notification/${notificationId}` });

const LOST: Readonly<Record<SystemReason, string>> = {
  CONTENT_GONE: 'The content of the notification was no longer stored when it was to be sent.',
  ATTACHMENT_MISSING: 'A file of the notification was no longer stored when it was to be sent.',
  ATTACHMENT_CHANGED: 'A stored file of the notification was not the one that was declared.',
};

/** Data of the only message type that we read ourselves. The end of its type is its version. */
export const REQUEST = shapeOf<unknown>('notification-request');

/** A malformed id is refused before it is logged. */
const notificationId = textThat('notification id', (id) => parseNotificationId(id) !== undefined);
const aRequest = object({ notificationId, channel: oneOf('email', 'sms', 'webhook') });

/** The request in a message. `requestedAt`: ISO 8601, when it was committed. @throws PoisonMessage, NewerVersion */
export function requestFrom(body: string): { request: SendRequest; requestedAt: string } {
  const envelope = parseEnvelope(body);
  const { notificationId } = requestIn(envelope);
  const metadata = {
    correlationId: envelope.correlationid,
    causationId: envelope.id,
    ...(envelope.traceparent === undefined ? {} : { traceparent: envelope.traceparent }),
  };
  const request = { tenant: envelope.tenantid, notificationId, metadata };
  return { request, requestedAt: envelope.time };
}

/** The data of an envelope that is a request. @throws PoisonMessage, NewerVersion */
export function requestIn({ type, data }: Pick<Envelope, 'type'> & { data?: unknown }): Read<typeof aRequest> {
  const { value } = upgraded('notification request', REQUEST, versionOf(type), data);
  return parseWith(aRequest, value, 'The message is not a notification request');
}

const MESSAGE_NAME = /^[a-z0-9.-]{1,100}$/;
const REQUEST_TYPE = /^(?<name>.+)\.v(?<version>\d+)$/;
const NAME = REQUEST_TYPE.exec(NOTIFICATION_REQUESTED)?.groups?.name;

/** The version of a message is the suffix of its type. */
function versionOf(type: string): number {
  const { name, version } = REQUEST_TYPE.exec(type)?.groups ?? {};
  if (name === NAME) return Number(version);
  // The type is quoted only if it has the format of a name, because this text is logged.
  throw new PoisonMessage(
    'UNKNOWN_TYPE',
    `This subscriber handles ${NAME}, not ${MESSAGE_NAME.test(type) ? type : 'this'}.`,
  );
}
