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

/**
 * Errors of a whole call that sending again does not change: the queue does not exist, does not allow it, or does not take
 * such a message.
 */
const REFUSALS: ReadonlySet<string> = new Set([
  ...['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue', 'InvalidAddress', 'UnsupportedOperation'],
  ...['AccessDenied', 'AccessDeniedException', 'KmsAccessDenied', 'KmsDisabled', 'KmsInvalidState', 'KmsNotFound'],
  ...['BatchRequestTooLong', 'InvalidMessageContents', 'InvalidParameterValue'],
]);

type Refuse = Parameters<Redriver['send']>[1];

/** Sends messages as they were to the queue of the subscriber that failed. Other subscribers do not get them again. */
export function queueRedriver(QueueUrl: string, log: Log, client = sendingClient()): Redriver {
  const sendBatch = async (batch: readonly Publication[], refuse: Refuse): Promise<string[]> => {
    try {
      const { Successful = [], Failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl, Entries: batch.map(entryOf) }),
      );
      for (const { Id = '', Code, SenderFault } of Failed) {
        log.error('Message of a redrive not accepted by its queue', { code: Code, deadLetterId: Id });
        if (SenderFault) refuse(Id);
      }
      return Successful.map(({ Id = '' }) => Id);
    } catch (error) {
      log.error('Messages of a redrive not accepted by their queue', { messages: batch.length, error });
      if (!(error instanceof Error) || !REFUSALS.has(error.name)) return [];
      const [only] = batch;
      if (only && batch.length === 1) {
        refuse(only.key);
        return [];
      }
    }
    // Perhaps one message is the reason. Alone, the others are accepted.
    return (await Promise.all(batch.map((one) => sendBatch([one], refuse)))).flat();
  };
  return {
    async send(members, refuse) {
      const batches = batchesOf(members.map(publicationOf));
      return new Set((await inParallel(batches, CONCURRENCY, (batch) => sendBatch(batch, refuse))).flat());
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
