import { createHash } from 'node:crypto';
import { memoryStore } from '#shared/adapters/memory/memory-store.ts';
import { memoryTopic } from '#shared/adapters/memory/memory-topic.ts';
import { feedKeeper } from '#shared/delivery/feed-keeper.ts';
import { emailFeedWatch } from '#shared/delivery/feed-watch.ts';
import { type Acceptance, type FeedbackPorts, recordAcceptance } from '#shared/delivery/feedback.ts';
import type { OutgoingMessage, Provider, ProviderAnswer } from '#shared/delivery/provider.ts';
import { type SenderPorts, sendNotification } from '#shared/delivery/sender.ts';
import { notificationWaker } from '#shared/delivery/wake-notification.ts';
import type { Notification } from '#shared/domain/notification/notification.ts';
import { renderEmail } from '#shared/domain/notification/rendering/email.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { notificationKey } from '#shared/messaging/identity.ts';
import type { DueNotification, Log, Randomness } from '#shared/ports.ts';
import { placeOrder } from '#test/support/orders.ts';
import { manualClock } from '#test/support/ports.ts';

/** What the provider makes of the first call that reaches it; every later one is taken. */
export const FIRST_ANSWERS = ['accepted', 'rejected', 'answer lost', 'request lost'] as const;
export type FirstAnswer = (typeof FIRST_ANSWERS)[number];

/** One accident, at any moment: a sender dies, or so much time passes that everything due is woken and settled. */
export const ACCIDENTS = ['none', 'the first sender dies', 'time passes'] as const;
export type Accident = (typeof ACCIDENTS)[number];

export type SmallCase = { firstAnswer: FirstAnswer; accident: Accident };
export type Exploration = {
  /** Orders in which everything can happen. */
  schedules: number;
  /** Situations that they lead through; what follows from one is looked at once. */
  situations: number;
  violations: { schedule: string[]; what: string }[];
};

const MARGIN_MS = 60_000;
const LEASE_MS = 45_000;
const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * One notification, two deliveries of its message, one event of the provider, one accident: every order in which
 * their calls can reach table and provider. Each is run from the beginning, until it meets a situation from which
 * everything was tried before: the same rows, and everybody has heard the same.
 * @param most violations that are kept; the search goes on to count schedules.
 */
export async function explore(small: SmallCase, most = 1): Promise<Exploration> {
  const violations: Exploration['violations'] = [];
  /** How many schedules follow from a situation from which all were tried. */
  const tried = new Map<string, number>();
  const open: (Fork & { next: number; schedules: number })[] = [];
  while (true) {
    const path = open.map(({ next }) => next);
    const { forks, end, labels, violation } = await runSchedule(small, path, tried);
    if (violation && violations.length < most) violations.push({ schedule: labels, what: violation });
    open.push(...forks.map((fork) => ({ ...fork, next: 0, schedules: 0 })));
    let schedules = tried.get(end) ?? 1;
    tried.set(end, schedules);
    // The next schedule: the last choice that has another alternative takes it.
    for (let last = open.at(-1); ; last = open.at(-1)) {
      if (!last) return { schedules, situations: tried.size, violations };
      last.schedules += schedules;
      last.next += 1;
      if (last.next < last.width) break;
      schedules = last.schedules;
      tried.set(last.situation, schedules);
      open.pop();
    }
  }
}

/** A situation, and how many things can happen next. */
type Fork = { situation: string; width: number };
type Schedule = {
  /** Beyond the path that was asked for. */
  forks: Fork[];
  /** The situation with which it ends: nothing is left to happen, or everything from here on was tried. */
  end: string;
  labels: string[];
  violation?: string;
};

type Pending = { actor: string; operation: string; go(): void };
type Choice = { label: string; take(): void | Promise<void> };

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function runSchedule(
  small: SmallCase,
  path: readonly number[],
  tried: ReadonlyMap<string, number>,
): Promise<Schedule> {
  const world = await createSmallWorld(small);
  const forks: Fork[] = [];
  const labels: string[] = [];
  world.start();
  await settled();
  while (true) {
    const choices = world.choices();
    const asked = path[labels.length];
    if (asked === undefined) {
      const situation = await world.situation();
      if (tried.has(situation)) return { forks, end: situation, labels };
      if (choices.length === 0) {
        const violation = await world.judge();
        return { forks, end: situation, labels, ...(violation && { violation }) };
      }
      forks.push({ situation, width: choices.length });
    }
    const choice = choices[asked ?? 0] as Choice;
    labels.push(choice.label);
    await choice.take();
    await settled();
  }
}

const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('base64');

/** Nonces that tell who drew them: whoever comes first, everybody has the same ones. */
function namedRandomness() {
  const drawn = new Map<string, number>();
  const of = (actor: string): Randomness => ({
    nonce: () => {
      drawn.set(actor, (drawn.get(actor) ?? 0) + 1);
      return `${actor}-${drawn.get(actor)}`;
    },
    fraction: () => 0.5,
  });
  return { of, drawn };
}

async function createSmallWorld({ firstAnswer, accident }: SmallCase) {
  const store = memoryStore();
  const topic = memoryTopic();
  const clock = manualClock();
  const random = namedRandomness();
  const settings = { outboxGraceMs: 20_000, firstClaimMs: 120_000, budgetMs: 1000 };
  const system = { clock, timer: clock, settings, log: SILENT };
  const { orderId } = await placeOrder(
    { tenant: 'acme', contact: { name: 'Ada', email: 'ada@example.com' } },
    { ...system, random: random.of('client'), store },
  );
  const notificationId = `order_${orderId}_1-1`;
  const key = notificationKey('acme', notificationId);
  if (!key) throw new Error('The order asks for no notification.');

  const accepted: OutgoingMessage[] = [];
  const events: Acceptance[] = [];
  let calls = 0;
  const take = async (message: OutgoingMessage): Promise<ProviderAnswer> => {
    const isProbe = message.notificationId !== notificationId;
    if (!isProbe) calls += 1;
    const answer: FirstAnswer = isProbe || calls > 1 ? 'accepted' : firstAnswer;
    if (answer === 'rejected') return { kind: 'rejected', reason: 'MESSAGE_REJECTED' };
    if (answer === 'request lost') return { kind: 'unknown', reason: 'TIMEOUT' };
    if (!isProbe) accepted.push(message);
    const { tenant, notificationId: id, attemptNonce } = message;
    const providerMessageId = `provider-${attemptNonce}`;
    const acceptedAt = new Date(clock.now()).toISOString();
    events.push({ providerMessageId, acceptedAt, tenant, notificationId: id, attemptNonce });
    return answer === 'answer lost' ? { kind: 'unknown', reason: 'TIMEOUT' } : { kind: 'accepted', providerMessageId };
  };

  const pending: Pending[] = [];
  const dead = new Set<string>();
  /** All that an actor asked and was told, digested: what it does next follows from it. */
  const heard = new Map<string, string>();
  const hear = (actor: string, ...what: unknown[]): void =>
    void heard.set(actor, digestOf([heard.get(actor), clock.now(), ...what]));
  /** Calls of an actor wait for their turn; a dead actor's never come. */
  const gated = <Ports extends object>(actor: string, ports: Ports): Ports =>
    new Proxy(ports, {
      get: (target, name: string) => {
        const execute = target[name as keyof Ports] as unknown;
        if (typeof execute !== 'function') return execute;
        return (...args: unknown[]) =>
          new Promise((resolve, reject) => {
            const go = (): void =>
              void execute.apply(target, args).then(
                (result: unknown) => {
                  hear(actor, result);
                  resolve(result);
                },
                (error: unknown) => {
                  hear(actor, String(error));
                  reject(error);
                },
              );
            hear(actor, name, args);
            pending.push({ actor, operation: name, go });
          });
      },
    });

  const sender = {
    channel: 'email' as const,
    subscriber: 'send-email',
    render: renderEmail,
    leaseMs: LEASE_MS,
    providerTimeoutMs: 10_000,
    unknownDeadlineMs: LEASE_MS,
  };
  const senderPorts = (actor: string, view: typeof store, provider: Provider): SenderPorts => ({
    ...system,
    random: random.of(actor),
    store: view,
    notifications: view,
    provider,
    pace: { turn: async () => true },
    sender,
  });
  const request = { tenant: 'acme', notificationId, metadata: { correlationId: 'c', causationId: 'm' } };
  // A sender that stands still has all its time left, as on a host that stood still with it.
  const remainingMs = (): number => 30_000;
  const send = (actor: string): Promise<unknown> =>
    sendNotification(request, remainingMs, senderPorts(actor, gated(actor, store), gated(actor, { send: take })));
  const feedbackPorts = (view: typeof store): FeedbackPorts => ({
    ...system,
    random: random.of('feedback'),
    store: view,
    notifications: view,
    feed: feedKeeper(view, 'email'),
    feedStepMs: 0,
    subscriber: 'record-feedback',
  });
  const wake = notificationWaker({
    ...system,
    random: random.of('wake'),
    store,
    notifications: store,
    due: store,
    publisher: topic,
    unknownDeadlineMs: LEASE_MS,
    settling: {
      onUnknown: () => 'resend',
      inFlightMs: 20_000,
      marginMs: MARGIN_MS,
      countLagMs: 0,
      holdAfterMs: 900_000,
      recheckMs: 10_000,
    },
    feeds: {
      email: emailFeedWatch({
        states: store,
        deadLetters: store,
        queueDepth: async () => events.length + (feedbackRuns > 0 ? 1 : 0),
        provider: { send: take },
        random: random.of('probe'),
        log: SILENT,
      }),
    },
  });

  let feedbackRuns = 0;
  /** The event about the first accepted call reaches its function; its calls wait for their turn, too. */
  const tell = (): void => {
    const event = events.shift();
    if (!event) return;
    told = true;
    feedbackRuns += 1;
    // A function that gives up has its message again.
    const again = (): void => void events.push(event);
    void recordAcceptance(event, feedbackPorts(gated('feedback', store)))
      .catch(again)
      .finally(() => {
        feedbackRuns -= 1;
      });
  };
  const wakeAll = async (): Promise<void> => {
    for (let round = 0; round < 8; round += 1) {
      clock.advance(50_000);
      // No event takes longer than the margin, unless somebody is at it already.
      while (round % 2 === 0 && events.length > 0) {
        await recordAcceptance(events.shift() as Acceptance, feedbackPorts(store));
      }
      for (const kind of ['notification', 'unknown'] as const) {
        await wake((await store.due(kind, clock.now(), 10)) as DueNotification[]);
      }
    }
  };

  let told = false;
  let struck = accident === 'none';
  const choices = (): Choice[] => [
    ...pending.map(
      (call): Choice => ({
        label: `${call.actor} ${call.operation}`,
        take: () => {
          pending.splice(pending.indexOf(call), 1);
          call.go();
        },
      }),
    ),
    ...(events.length > 0 && !told ? [{ label: 'event arrives', take: tell }] : []),
    ...accidents(),
  ];
  const timePasses = (): Promise<void> => {
    struck = true;
    return wakeAll();
  };
  const accidents = (): Choice[] => {
    if (struck || pending.length === 0) return [];
    // A request that has left is done within the provider's in-flight bound, or not at all.
    if (accident === 'time passes')
      return pending.some(({ operation }) => operation === 'send') ? [] : [{ label: 'time passes', take: timePasses }];
    const call = pending.find(({ actor }) => actor === 'first');
    if (!call) return [];
    const die = (done: boolean) => (): void => {
      struck = true;
      dead.add('first');
      pending.splice(pending.indexOf(call), 1);
      if (done) call.go();
      // Whatever it would have asked for next never comes.
      pendingGuard();
    };
    return [
      { label: `first dies before ${call.operation}`, take: die(false) },
      { label: `first dies after ${call.operation}`, take: die(true) },
    ];
  };
  const pendingGuard = (): void => {
    const push = pending.push.bind(pending);
    pending.push = (...calls) => push(...calls.filter(({ actor }) => !dead.has(actor)));
  };

  const judge = async (): Promise<string | undefined> => {
    // What is left to do is done in peace: time, the provider's events, and whoever is asked to send.
    for (let round = 0; round < 3; round += 1) {
      await wakeAll();
      await sendNotification(request, remainingMs, senderPorts('last', store, { send: take }));
    }
    const row = (await store.read(key))?.state as Notification;
    const said = [...store.outbox.values()]
      .flatMap(({ messages }) => messages)
      .map((text) => (JSON.parse(text) as Envelope).type)
      .filter((type) => type.startsWith('counterfoil.notification.'));
    return faultIn(row, accepted.length, said);
  };
  const start = (): void => {
    // One that gives up has its message again, too: in the end, everybody is asked once more.
    const gaveUp = (): undefined => undefined;
    void send('first').catch(gaveUp);
    void send('second').catch(gaveUp);
  };
  const situation = async (): Promise<string> =>
    digestOf([
      clock.now(),
      [...store.states].sort(),
      [...store.outbox].sort(),
      await store.readWithContent(key),
      [accepted, events, calls, told, struck, feedbackRuns],
      [[...dead], [...heard].sort(), [...random.drawn].sort()],
      pending.map(({ actor, operation }) => `${actor} ${operation}`).sort(),
    ]);
  return { start, choices, judge, situation };
}

/** What is wrong at the end; undefined, if nothing is. */
function faultIn(row: Notification, accepted: number, said: string[]): string | undefined {
  const count = (event: string): number => said.filter((type) => type.includes(`.${event}.`)).length;
  const about = `${row.status} with ${accepted} accepted calls and ${said.length} events: ${JSON.stringify(row.attempts)}`;
  if (accepted > 1) return `sent twice: ${about}`;
  if (['PENDING', 'SENDING', 'UNKNOWN'].includes(row.status)) return `left unfinished: ${about}`;
  if (row.status === 'SENT' && accepted === 0) return `said to be sent: ${about}`;
  if (row.status !== 'SENT' && accepted === 1) return `sent, and not said: ${about}`;
  if (count('sent') !== (accepted === 1 ? 1 : 0)) return `"sent" was said ${count('sent')} times: ${about}`;
  if (count('failed') > 0 && accepted > 0) return `"failed" was said, and it was sent: ${about}`;
  return undefined;
}
