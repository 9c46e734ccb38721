import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A message that a function returned to its own queue. */
export type Returned = { queueUrl: string; body: string; returns: number };

type SendMessage = {
  QueueUrl: string;
  MessageBody: string;
  MessageAttributes?: Record<string, { StringValue?: string }>;
};

/**
 * SQS as functions call it, without its delays: a test decides when a returned message is delivered again. Queues count
 * as empty.
 */
export async function startOwnQueues() {
  const returned: Returned[] = [];
  const server = createServer(async (request, response) => {
    const input: SendMessage = JSON.parse(await text(request));
    const operation = String(request.headers['x-amz-target']).split('.').at(-1);
    const answer = operation === 'SendMessage' ? accept(input) : EMPTY;
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
  });
  const accept = ({ QueueUrl: queueUrl, MessageBody: body, MessageAttributes = {} }: SendMessage) => {
    returned.push({ queueUrl, body, returns: Number(MessageAttributes.returns?.StringValue) });
    return { MessageId: randomUUID(), MD5OfMessageBody: createHash('md5').update(body).digest('hex') };
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Messages that were returned since the last call. */
    take: (): Returned[] => returned.splice(0),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

const EMPTY = {
  Attributes: Object.fromEntries(
    ['', 'NotVisible', 'Delayed'].map((which) => [`ApproximateNumberOfMessages${which}`, '0']),
  ),
};
