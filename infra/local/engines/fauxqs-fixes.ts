import { AsyncLocalStorage } from 'node:async_hooks';
import { fairOrder } from './fair-queue.ts';
import type {
  App,
  Persistence,
  Queue,
  Reply,
  Request,
  SqsQueueClass,
  SqsStore,
  SqsStoreClass,
} from './fauxqs-parts.ts';

/**
 * Receives messages in one transaction. A move to the dead-letter queue is a delete and an insert, and a kill between
 * the two would lose the message. Also receives fairly across message groups, as SQS does.
 */
export function fixReceiving({ prototype }: SqsQueueClass, persistence: Persistence): void {
  const { dequeue } = prototype;
  prototype.dequeue = function (this: Queue, count: number, ...rest: unknown[]): unknown {
    this.processTimers();
    if (!this.isFifo()) {
      const inFlight = [...this.inflightMessages.values()].map(({ message }) => message.messageGroupId);
      this.messages = fairOrder(this.messages, inFlight, count);
    }
    let received: unknown;
    persistence.transaction(() => {
      received = dequeue.call(this, count, ...rest);
    });
    return received;
  };
}

/**
 * Keeps the receive count of a message that returns to the queue. fauxqs sets it to null, which its own table refuses,
 * and the message disappears until the next start.
 */
export function fixReturning(persistence: Persistence): void {
  const statement = persistence.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  persistence.updateMessageReady = (messageId) => statement.run(messageId);
}

/** Keeps the message group of messages to standard topics and queues. fauxqs keeps it for FIFO ones only. */
export function fixMessageGroups(app: App, stores: SqsStoreClass): void {
  const groups = new AsyncLocalStorage<Map<string, string>>();
  app.addHook('preHandler', (request, _, done) => groups.run(groupsIn(request), done));
  const createMessage = stores.createMessage.bind(stores);
  stores.createMessage = (body, attributes, delaySeconds, group, deduplication) =>
    createMessage(body, attributes, delaySeconds, group ?? groups.getStore()?.get(body), deduplication);
}

/** The group of each message in a `Publish`, `PublishBatch`, `SendMessage` or `SendMessageBatch`, by the message's text. */
function groupsIn({ body = {} }: Request): Map<string, string> {
  const found = new Map<string, string>();
  // The bytes of an object, which may be millions of entries.
  if (body instanceof Uint8Array) return found;
  const { Entries: entries = [] } = body;
  for (const { MessageBody: message, MessageGroupId: group } of entries)
    if (message !== undefined && group !== undefined) found.set(message, group);
  for (const [name, group] of Object.entries(body)) {
    const match = /^(PublishBatchRequestEntries\.member\.\d+\.)?MessageGroupId$/.exec(name);
    const message = match ? (body[`${match[1] ?? ''}Message`] ?? body.MessageBody) : undefined;
    if (message !== undefined) found.set(message, String(group));
  }
  return found;
}

/** The limit for objects here: the largest attachment, which is more than any message. */
const OBJECT_BYTES = 48 * 1024 * 1024;

/**
 * Stores objects of any type as unchanged bytes. fauxqs accepts up to 11 MB, and parses JSON, text and forms, so that
 * it would return other bytes than it received.
 */
export function fixObjects(app: App): void {
  const types = new WeakMap<object, string | undefined>();
  app.addHook('onRequest', (request, _, done) => {
    const isObject = request.method === 'PUT' && /^\/[^/?]+\/[^?]/.test(request.url ?? '');
    if (isObject) {
      types.set(request, request.headers['content-type']);
      request.headers['content-type'] = RAW;
    }
    done();
  });
  app.addContentTypeParser(RAW, { parseAs: 'buffer', bodyLimit: OBJECT_BYTES }, (_, body, done) => done(null, body));
  app.addHook('preHandler', (request, _, done) => {
    if (types.has(request)) request.headers['content-type'] = types.get(request);
    done();
  });
}

/** A content type that no client uses. */
const RAW = 'application/x-object';

/**
 * Waits for a long poll before fauxqs takes messages. Without this, fauxqs delivers messages to a poller that has
 * disconnected, and they stay hidden until their visibility timeout.
 */
export function fixLongPolls(app: App, store: SqsStore): void {
  app.addHook('preHandler', async (request, reply) => {
    const waitSeconds = request.body?.WaitTimeSeconds ?? 0;
    const queue = store.getQueue(request.body?.QueueUrl ?? '');
    const isReceive = request.headers['x-amz-target'] === 'AmazonSQS.ReceiveMessage';
    // fauxqs itself refuses more than 20 seconds.
    if (!isReceive || !request.body || !queue || waitSeconds <= 0 || waitSeconds > 20) return undefined;
    request.body.WaitTimeSeconds = 0;
    if (await untilMessages(queue, waitSeconds, reply)) return undefined;
    reply.hijack();
    return reply;
  });
}

/** @returns whether the client is still connected when there are messages or the time is over. */
async function untilMessages(queue: Queue, seconds: number, { raw }: Reply): Promise<boolean> {
  const { promise: hungUp, resolve } = Promise.withResolvers<void>();
  let waiting = true;
  const hangUp = (): void => {
    waiting = false;
    resolve();
  };
  raw.once('close', hangUp);
  const deadline = Date.now() + seconds * 1000;
  while (waiting && !hasMessages(queue) && Date.now() < deadline) {
    await Promise.race([queue.waitForMessages((deadline - Date.now()) / 1000), hungUp]);
  }
  raw.off('close', hangUp);
  return waiting;
}

function hasMessages(queue: Queue): boolean {
  queue.processTimers();
  return queue.messages.length > 0 || queue.hasAvailableFifoMessages();
}
