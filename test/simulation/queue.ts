import type { RedrivenLetter } from '#shared/once/redriven-letter.ts';
import type { ReturnedMessage } from '#shared/once/return-to-queue.ts';
import type { Random } from '#test/support/harness/random.ts';
import type { Environment } from './environment.ts';
import type { Faults } from './faults.ts';
import type { Scheduler } from './scheduler.ts';

export type Message = {
  id: string;
  body: string;
  receives: number;
  deleted: boolean;
  copies: number;
  /** Epoch milliseconds. */
  sentAt: number;
  /** Of a message that its subscriber has returned. */
  returned?: Pick<ReturnedMessage, 'firstSentAt' | 'returns'>;
  /** A copy of it went back to the queue. */
  isReturned?: boolean;
} & Redriven;

/** Of a message that a redrive has sent. */
export type Redriven = {
  /** Its attribute, which our code has to keep. */
  redrive?: string;
  /** What it was redriven from, whatever our code makes of the attribute. */
  origin?: RedrivenLetter;
};

/** A standard queue and its mapping: at least once, in any order, each batch in an environment of its own. */
export type Queue = {
  put(body: string, delayMs: number, redriven?: Redriven): void;
  /** A subscriber returns a message; until its delay is over it is counted, and not delivered. */
  takeBack(message: ReturnedMessage, original: Message | undefined): void;
  /** Straight to the dead letters, as after too many crashes. */
  bury(body: string): void;
  /** Messages that are visible, in flight or dead; as of up to `lagMs` ago. */
  depth(): number;
  /** Nothing is visible or in flight. */
  isEmpty(): boolean;
  dead: string[];
};

export type QueueOptions = {
  name: string;
  visibilityMs: number;
  maxReceiveCount: number;
  concurrency: number;
  lagMs: number;
  scheduler: Scheduler;
  random: Random;
  faults: Faults;
  /** A fresh environment of the subscriber. */
  environment(): Environment;
  /** Handles a batch in an environment; returns the ids that come again. */
  handle(messages: Message[], environment: Environment): Promise<string[]>;
  /** Where messages go after too many receives. Absent: nothing drains them, and they stay `dead`. */
  deadLetterQueue?: Queue;
  /** A message was handled, and is deleted. */
  onRemoved?: (message: Message) => void;
};

const BATCH = 3;

export function createQueue(options: QueueOptions): Queue {
  const { name, visibilityMs, maxReceiveCount, concurrency, lagMs, scheduler, random, faults } = options;
  const visible: Message[] = [];
  const inFlight = new Set<Message>();
  const delayed = new Set<Message>();
  const dead: string[] = [];
  const history: { at: number; depth: number }[] = [];
  let active = 0;
  let count = 0;
  let underWay = 0;

  // What is still on its way to the queue is in no count.
  const depthNow = (): number => visible.length + inFlight.size + delayed.size + dead.length;
  const note = (): void => {
    history.push({ at: scheduler.now(), depth: depthNow() });
  };

  const newMessage = (body: string, redriven: Redriven = {}): Message => {
    count += 1;
    const id = `${name}-${count}`;
    return { id, body, receives: 0, deleted: false, copies: 0, sentAt: scheduler.now(), ...redriven };
  };
  const die = (body: string, redriven?: Redriven): void => {
    if (options.deadLetterQueue) options.deadLetterQueue.put(body, 0, redriven);
    else dead.push(body);
  };

  const show = (message: Message): void => {
    if (message.deleted) return;
    inFlight.delete(message);
    if (message.receives >= maxReceiveCount) die(message.body, redrivenOf(message));
    else if (faults.strikes(`${name} ${message.id}.${message.receives}`, 'poller-gone')) fetch(message);
    else visible.push(message);
    note();
    pump();
  };

  const fetch = (message: Message): void => {
    message.receives += 1;
    inFlight.add(message);
    scheduler.after(visibilityMs, () => {
      if (inFlight.has(message)) show(message);
    });
  };

  const receive = (): Message[] => {
    const batch = visible.splice(0, BATCH);
    for (const message of batch) fetch(message);
    note();
    return batch;
  };

  const remove = (message: Message): void => {
    message.deleted = true;
    inFlight.delete(message);
    options.onRemoved?.(message);
    note();
    // A standard queue may deliver once more what was deleted.
    if (message.copies < 2 && faults.strikes(`${name} ${message.id}.${message.copies}`, 'duplicate-delivery')) {
      const copy = { ...message, deleted: false, isReturned: false, receives: 0, copies: message.copies + 1 };
      scheduler.after(random.between(1, visibilityMs), () => show(copy));
    }
  };

  const pump = (): void => {
    if (active >= concurrency || visible.length === 0) return;
    active += 1;
    const environment = options.environment();
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      active -= 1;
      pump();
    };
    environment.onDeath(end);
    const batch = receive();
    options.handle(batch, environment).then(
      (failed) => {
        if (!environment.isAlive()) return;
        for (const message of batch) if (!failed.includes(message.id)) remove(message);
        end();
      },
      // The whole batch comes again when its visibility is over.
      () => end(),
    );
    if (visible.length > 0) pump();
  };

  return {
    dead,
    isEmpty: () => visible.length + inFlight.size + delayed.size + underWay === 0,
    put(body, delayMs, redriven) {
      const message = newMessage(body, redriven);
      underWay += 1;
      scheduler.after(delayMs, () => {
        underWay -= 1;
        message.sentAt = scheduler.now();
        show(message);
      });
    },
    takeBack({ body, delaySeconds, firstSentAt, returns, redrive }, original) {
      if (original) original.isReturned = true;
      const redriven = {
        ...(redrive !== undefined && { redrive }),
        ...(original?.origin && { origin: original.origin }),
      };
      const message = { ...newMessage(body, redriven), returned: { firstSentAt, returns } };
      delayed.add(message);
      note();
      scheduler.after(delaySeconds * 1000, () => {
        delayed.delete(message);
        show(message);
      });
    },
    bury(body) {
      die(body);
      note();
    },
    depth() {
      const since = scheduler.now() - random.between(0, lagMs);
      const [shown = { depth: 0 }] = history.filter(({ at }) => at <= since).slice(-1);
      return shown.depth;
    },
  };
}

const redrivenOf = ({ redrive, origin }: Message): Redriven => ({
  ...(redrive !== undefined && { redrive }),
  ...(origin && { origin }),
});
