import { parseNotificationId } from '#shared/domain/notification/notification-id.ts';
import { SHAPES } from '#shared/domain/shapes.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage, parseEnvelope, parseWith } from '#shared/messaging/parse.ts';
import { object, oneOf, textThat } from '#shared/messaging/read.ts';
import { upgraded } from '#shared/messaging/versions.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { type SenderPorts, type SendRequest, sendNotification } from './sender.ts';

/** The invocation has too little time left for another call; the message comes again. */
class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** The notification is there and what it says is not yet; the message comes again. */
class ContentUnseen extends Error {
  override readonly name = 'ContentUnseen';
}

/**
 * Handles one message that asks for a notification to be sent. What a newer release wrote, be it the
 * message or the row, is left alone without a failure: only the row permits to send, it is still due, and
 * `wake-due` announces it again until a release that can read both has handled it. Its queue would give
 * up earlier.
 * @throws PoisonMessage if it can never be handled, OutOfTime or ContentUnseen if it should come again.
 */
export async function handleRequest(body: string, remainingMs: () => number, ports: SenderPorts): Promise<void> {
  try {
    await handle(body, remainingMs, ports);
  } catch (error) {
    if (!(error instanceof NewerVersion)) throw error;
    ports.log.warn('Left to be announced again to a newer release', { error });
  }
}

async function handle(body: string, remainingMs: () => number, ports: SenderPorts): Promise<void> {
  const request = requestFrom(body);
  const report = await sendNotification(request, remainingMs, ports);
  ports.log.info('Notification handled', { notificationId: request.notificationId, report });
  if (report === 'no-time') throw new OutOfTime();
  if (report === 'content-unseen') throw new ContentUnseen();
  if (report === 'no-such-notification')
    throw new PoisonMessage('NO_SUCH_NOTIFICATION', 'No notification of that id belongs to that tenant.');
}

/** An id that is none is refused before it is logged. */
const notificationId = textThat('notification id', (id) => parseNotificationId(id) !== undefined);
const aRequest = object({ notificationId, channel: oneOf('email', 'sms') });

function requestFrom(body: string): SendRequest {
  const envelope = parseEnvelope(body);
  const shape = SHAPES['notification-request'];
  const { value } = upgraded('notification request', shape, versionOf(envelope.type), envelope.data);
  const data = parseWith(aRequest, value, 'The message is no notification request');
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

const MESSAGE_NAME = /^[a-z0-9.-]{1,100}$/;
const REQUEST_TYPE = /^(?<name>.+)\.v(?<version>\d+)$/;
const NAME = REQUEST_TYPE.exec(NOTIFICATION_REQUESTED)?.groups?.name;

/** A message's version is the end of its type. */
function versionOf(type: string): number {
  const { name, version } = REQUEST_TYPE.exec(type)?.groups ?? {};
  if (name === NAME) return Number(version);
  // Not quoted unless it is a name: what somebody else put there is logged with this.
  throw new PoisonMessage(
    'UNKNOWN_TYPE',
    `This subscriber handles ${NAME}, not ${MESSAGE_NAME.test(type) ? type : 'this'}.`,
  );
}
