import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Log } from '#shared/messaging/system.ts';
import { inParallel } from '#shared/once/in-parallel.ts';
import type { Publication } from '#shared/once/ports.ts';
import { batchesOf } from '#shared/once/publish.ts';
import { REDRIVE_ATTRIBUTE, redriveAttribute } from '#shared/once/redriven-letter.ts';
import type { RedrivenMember, Redriver } from '#shared/once/redriver.ts';
import { requestTimeouts } from './request-handler.ts';

/** Calls in flight at once. */
const CONCURRENCY = 8;

/** Sending again is harmless, so the SDK may retry. */
const sendingClient = (): SQSClient => new SQSClient({ requestHandler: requestTimeouts(3000) });

/** Sends messages as they were to the queue of the subscriber that failed. Other subscribers do not get them again. */
export function queueRedriver(QueueUrl: string, log: Log, client = sendingClient()): Redriver {
  const sendBatch = async (batch: readonly Publication[]): Promise<string[]> => {
    try {
      const { Successful = [], Failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl, Entries: batch.map(entryOf) }),
      );
      for (const { Code } of Failed) log.error('Message of a redrive not accepted by its queue', { code: Code });
      return Successful.map(({ Id = '' }) => Id);
    } catch (error) {
      log.error('Messages of a redrive not accepted by their queue', { messages: batch.length, error });
      return [];
    }
  };
  return {
    async send(members) {
      const batches = batchesOf(members.map(publicationOf));
      return new Set((await inParallel(batches, CONCURRENCY, sendBatch)).flat());
    },
  };
}

const publicationOf = ({ deadLetterId, generation, letter: { message = '', tenant = '' } }: RedrivenMember) => ({
  key: deadLetterId,
  body: message,
  attributes: { [REDRIVE_ATTRIBUTE]: redriveAttribute({ deadLetterId, generation }) },
  groupId: tenant,
});

const entryOf = ({ key, body, attributes, groupId }: Publication) => ({
  Id: key,
  MessageBody: body,
  // The tenant, for fair queues. Events of providers have none.
  ...(groupId !== '' && { MessageGroupId: groupId }),
  MessageAttributes: Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
  ),
});
