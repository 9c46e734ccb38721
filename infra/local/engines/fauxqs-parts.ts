/** The parts of fauxqs that the engine composes and corrects, with the members that it uses. The version is pinned. */

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
  /** Part of queue URLs. If empty, the address that the request was sent to. */
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
  body?: Record<string, string> & { WaitTimeSeconds?: number; Entries?: Record<string, string>[] };
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

type BuildApp = (options: { logger: false; stores: { sqsStore: SqsStore; snsStore: Store; s3Store: Store } }) => App;

const entry = import.meta.resolve('fauxqs');

/** fauxqs has no types for its parts. The check covers that a part exists and is a function or class. */
const isPart = <Part>(found: unknown): found is Part => typeof found === 'function';

async function load<Part>(path: string, name: string): Promise<Part> {
  const module: Record<string, unknown> = await import(new URL(path, entry).href);
  const found = module[name];
  if (isPart<Part>(found)) return found;
  throw new Error(`fauxqs exports no ${name} in ${path}.`);
}

export const buildApp = await load<BuildApp>('./app.js', 'buildApp');
export const SqsStores = await load<SqsStoreClass>('./sqs/sqsStore.js', 'SqsStore');
export const SqsQueues = await load<SqsQueueClass>('./sqs/sqsStore.js', 'SqsQueue');
export const SnsStores = await load<new () => Store>('./sns/snsStore.js', 'SnsStore');
export const S3Stores = await load<new () => Store>('./s3/s3Store.js', 'S3Store');
export const PersistenceManager = await load<new (folder: string) => Persistence>(
  './persistence.js',
  'PersistenceManager',
);
