import type { SQSEvent } from 'aws-lambda';
import { REDRIVE_ATTRIBUTE } from '#shared/once/redriven-letter.ts';
import type { Message } from './queue.ts';

/** A batch as Lambda hands it over. @param eventSourceARN name of the queue, for functions of several queues. */
export function sqsEventOf(messages: readonly Message[], eventSourceARN = ''): SQSEvent {
  const recordOf = ({ id, body, receives, sentAt, returned, redrive }: Message) => ({
    messageId: id,
    body,
    eventSourceARN,
    attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: String(sentAt) },
    messageAttributes: {
      ...Object.fromEntries(
        Object.entries(returned ?? {}).map(([name, value]) => [
          name,
          { dataType: 'Number', stringValue: String(value) },
        ]),
      ),
      ...(redrive !== undefined && { [REDRIVE_ATTRIBUTE]: { dataType: 'String', stringValue: redrive } }),
    },
  });
  // A record of Lambda has more fields (region, checksum), which our functions do not read.
  return { Records: messages.map(recordOf) } as unknown as SQSEvent;
}
