/** The parts of fauxqs that we put together and mend, as far as we touch them; its version is pinned. */

type Message = { messageGroupId?: string | undefined };

export type Queue = {
  messages: Message[];
  inflightMessages: Map<string, { message: Message }>;
  isFifo(): boolean;
  processTimers(): void;
  hasAvailableFifoMessages(): boolean;
  waitForMessages(seconds: number): Promise<void>;
  dequeue(count: number, ...rest: unknown[]): unknown;
};

export type Store = { persistence?: Persistence };
export type SqsStore = Store & {
  /** Part of queue URLs; empty: the address that a request came to. */
  host: string;
  getQueue(url: string): Queue | undefined;
  allQueues(): Iterable<Store>;
};

export type Persistence = {
  db: { exec(sql: string): void; prepare(sql: string): { run(...values: unknown[]): void } };
  load(sqs: SqsStore, sns: Store, s3: Store): void;
  transaction(work: () => void): void;
  updateMessageReady(messageId: string): void;
  close(): void;
};

export type Request = {
  method?: string;
  url?: string;
  headers: Record<string, string | undefined>;
  body?: Record<string, string> & { WaitTimeSeconds?: number };
};
export type Reply = {
  raw: { once(event: 'close', listener: () => void): void; off(event: 'close', listener: () => void): void };
  hijack(): void;
};
export type App = {
  addContentTypeParser(
    type: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parse: (request: Request, body: Uint8Array, done: (error: null, body: Uint8Array) => void) => void,
  ): void;
  addHook(name: 'onRequest' | 'preHandler', hook: (request: Request, reply: Reply, done: () => void) => unknown): void;
  listen(options: { port: number; host: string }): Promise<string>;
  close(): Promise<void>;
};

export type SqsQueueClass = { prototype: Queue };
export type SqsStoreClass = {
  new (): SqsStore;
  createMessage(
    body: string,
    attributes?: unknown,
    delaySeconds?: number,
    group?: string,
    deduplication?: string,
  ): unknown;
};

const entry = import.meta.resolve('fauxqs');
const load = (path: string) => import(new URL(path, entry).href);

export const { buildApp } = (await load('./app.js')) as {
  buildApp(options: { logger: false; stores: { sqsStore: SqsStore; snsStore: Store; s3Store: Store } }): App;
};
export const { SqsStore: SqsStores, SqsQueue: SqsQueues } = (await load('./sqs/sqsStore.js')) as {
  SqsStore: SqsStoreClass;
  SqsQueue: SqsQueueClass;
};
export const { SnsStore: SnsStores } = (await load('./sns/snsStore.js')) as { SnsStore: new () => Store };
export const { S3Store: S3Stores } = (await load('./s3/s3Store.js')) as { S3Store: new () => Store };
export const { PersistenceManager } = (await load('./persistence.js')) as {
  PersistenceManager: new (folder: string) => Persistence;
};
