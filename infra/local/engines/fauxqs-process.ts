/**
 * The process in which fauxqs runs: `node fauxqs-process.ts <folder> <port>`. It tells its
 * parent the port that it listens on.
 *
 * fauxqs's own start listens on every interface and hands out queue URLs that do not resolve, so its
 * parts are put together here. Its version is pinned, because some of what is used is not public.
 */

const [folder = '', port = '0'] = process.argv.slice(2);

type Queue = {
  messages: unknown[];
  processTimers(): void;
  hasAvailableFifoMessages(): boolean;
  waitForMessages(seconds: number): Promise<void>;
};
type SqsStore = {
  host: string;
  persistence?: Persistence;
  getQueue(url: string): Queue | undefined;
  allQueues(): Iterable<{ persistence?: Persistence }>;
};
type Store = { persistence?: Persistence };
type Persistence = {
  db: { exec(sql: string): void; prepare(sql: string): { run(...values: unknown[]): void } };
  load(sqs: SqsStore, sns: Store, s3: Store): void;
  transaction(work: () => void): void;
  updateMessageReady(messageId: string): void;
  close(): void;
};
type Request = { headers: Record<string, string | undefined>; body: { QueueUrl?: string; WaitTimeSeconds?: number } };
type Reply = {
  raw: { once(event: 'close', listener: () => void): void; off(event: 'close', listener: () => void): void };
  hijack(): void;
};
type App = {
  addHook(name: 'preHandler', hook: (request: Request, reply: Reply) => Promise<unknown>): void;
  listen(options: { port: number; host: string }): Promise<string>;
  close(): Promise<void>;
};

const entry = import.meta.resolve('fauxqs');
const part = (path: string) => import(new URL(path, entry).href);
const { buildApp } = await part('./app.js');
const { SqsStore, SqsQueue } = await part('./sqs/sqsStore.js');
const { SnsStore } = await part('./sns/snsStore.js');
const { S3Store } = await part('./s3/s3Store.js');
const { PersistenceManager } = await part('./persistence.js');

const persistence: Persistence = new PersistenceManager(folder);
// A killed process loses nothing with it, and a write costs a third.
persistence.db.exec('PRAGMA synchronous = NORMAL');
repair(persistence);

const sqsStore: SqsStore = new SqsStore();
const snsStore: Store = new SnsStore();
const s3Store: Store = new S3Store();
sqsStore.host = '';
persistence.load(sqsStore, snsStore, s3Store);
for (const store of [sqsStore, snsStore, s3Store]) store.persistence = persistence;
for (const queue of sqsStore.allQueues()) queue.persistence = persistence;

// Regions are read from the signatures of requests.
const app: App = buildApp({ logger: false, stores: { sqsStore, snsStore, s3Store } });
app.addHook('preHandler', waitBeforeReceiving);
const address = await app.listen({ port: Number(port), host: '127.0.0.1' });
process.send?.({ port: Number(new URL(address).port) });

// Without its parent it has nobody to serve.
process.once('disconnect', () => process.exit());
process.once('SIGTERM', async () => {
  await app.close();
  persistence.close();
  process.exit();
});

/** Two places where what is kept would differ from what was acknowledged. */
function repair(manager: Persistence): void {
  // Moving a message to the dead-letter queue is a delete and an insert: both or neither.
  const dequeue = SqsQueue.prototype.dequeue as (this: unknown, ...args: unknown[]) => unknown;
  SqsQueue.prototype.dequeue = function (this: unknown, ...args: unknown[]): unknown {
    let received: unknown;
    manager.transaction(() => {
      received = dequeue.apply(this, args);
    });
    return received;
  };
  // Its own statement sets the receive count to null, which the table refuses: the message was gone until the next start.
  const ready = manager.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  manager.updateMessageReady = (messageId) => ready.run(messageId);
}

/**
 * Does the waiting of a long poll before fauxqs takes messages. Left to itself, fauxqs hands messages
 * to a poller that hung up long ago, and they stay hidden until their visibility timeout.
 */
async function waitBeforeReceiving(request: Request, reply: Reply): Promise<unknown> {
  if (request.headers['x-amz-target'] !== 'AmazonSQS.ReceiveMessage') return undefined;
  const { QueueUrl, WaitTimeSeconds = 0 } = request.body;
  const queue = sqsStore.getQueue(QueueUrl ?? '');
  if (!queue || WaitTimeSeconds <= 0 || WaitTimeSeconds > 20) return undefined;
  request.body.WaitTimeSeconds = 0;
  let goneUp: (() => void) | undefined;
  let gone = false;
  const hungUp = new Promise<void>((resolve) => {
    goneUp = () => {
      gone = true;
      resolve();
    };
    reply.raw.once('close', goneUp);
  });
  const deadline = Date.now() + WaitTimeSeconds * 1000;
  while (!gone && !hasMessages(queue) && Date.now() < deadline) {
    await Promise.race([queue.waitForMessages((deadline - Date.now()) / 1000), hungUp]);
  }
  if (goneUp) reply.raw.off('close', goneUp);
  if (!gone) return undefined;
  reply.hijack();
  return reply;
}

function hasMessages(queue: Queue): boolean {
  queue.processTimers();
  return queue.messages.length > 0 || queue.hasAvailableFifoMessages();
}
