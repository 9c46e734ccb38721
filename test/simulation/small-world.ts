import { createHash } from 'node:crypto';
import { memoryStore } from '#shared/adapters/memory/memory-store.ts';
import { memoryTopic } from '#shared/adapters/memory/memory-topic.ts';
import type { OutgoingMessage, Provider, ProviderAnswer } from '#shared/delivery/provider.ts';
import { type SenderPorts, sendNotification } from '#shared/delivery/sender.ts';
import { erasureDecider } from '#shared/erasure/decider.ts';
import { erasureWaker } from '#shared/erasure/erase.ts';
import { ERASURE_DUE, type Erasure } from '#shared/erasure/erasure.ts';
import { erasureKeyOf } from '#shared/erasure/erasure-key.ts';
import { type Acceptance, type FeedbackPorts, recordAcceptance } from '#shared/feedback/acceptance.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import type { Log, Randomness } from '#shared/messaging/system.ts';
import { notificationDecider } from '#shared/notification/decider.ts';
import { NOTIFICATION_DUE, UNKNOWN_DUE } from '#shared/notification/due.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { notificationKey } from '#shared/notification/notification-id.ts';
import { renderEmail } from '#shared/notification/rendering/email.ts';
import { executeOnce } from '#shared/once/execute.ts';
import type { Order } from '#shared/order/order.ts';
import { feedKeeper } from '#shared/settlement/feed-keeper.ts';
import { emailFeedWatch } from '#shared/settlement/feed-watch.ts';
import { notificationWaker } from '#shared/settlement/wake-notification.ts';
import { placeOrder } from '#test/support/orders.ts';
import { closedCircuit, manualClock } from '#test/support/ports.ts';

/** What the provider makes of the first call that reaches it; every later one is taken. */
export const FIRST_ANSWERS = ['accepted', 'rejected', 'answer lost', 'request lost'] as const;
export type FirstAnswer = (typeof FIRST_ANSWERS)[number];

/** One accident, at any moment: a sender dies, or so much time passes that everything due is woken and settled. */
export const ACCIDENTS = ['none', 'the first sender dies', 'time passes'] as const;
export type Accident = (typeof ACCIDENTS)[number];

/** Who else is at it, while the message is delivered. */
export const COMPANY = ['a second delivery', 'an erasure', 'a cancellation'] as const;
export type Company = (typeof COMPANY)[number];

/**
 * What can cross an erasure: its request at any moment of a delivery while the log does not show the notification yet;
 * another order and another request at any moment of the walk; an order that was decided before the request, is
 * committed at any moment after it, and that the log never shows.
 */
export const ERASURE_COMPANY = ['a late entry', 'a second request', 'a command in progress'] as const;
type ErasureCompany = (typeof ERASURE_COMPANY)[number];

export type SmallCase = { firstAnswer: FirstAnswer; accident: Accident; company: Company | ErasureCompany };

const IN_EVERY_WAY = COMPANY.flatMap((company) =>
  FIRST_ANSWERS.flatMap((firstAnswer) => ACCIDENTS.map((accident): SmallCase => ({ company, firstAnswer, accident }))),
);
/** Only a late entry meets a provider; what is accepted meets the accidents beside an erasure whose log shows all. */
const isOfUse = (company: ErasureCompany, firstAnswer: FirstAnswer, accident: Accident): boolean => {
  if (company !== 'a late entry') return firstAnswer === 'accepted' && accident !== 'the first sender dies';
  return accident === 'none' || firstAnswer === 'rejected';
};
const OF_ERASURES = ERASURE_COMPANY.flatMap((company) =>
  FIRST_ANSWERS.flatMap((firstAnswer) =>
    ACCIDENTS.filter((accident) => isOfUse(company, firstAnswer, accident)).map(
      (accident): SmallCase => ({ company, firstAnswer, accident }),
    ),
  ),
);
export const SMALL_CASES: readonly SmallCase[] = [...IN_EVERY_WAY, ...OF_ERASURES];

const CUSTOMER = 'ada-1';
const DAY_MS = 86_400_000;
/** The first walk begins by then. */
const WALK_MS = 6000;
const MARGIN_MS = 60_000;
const LEASE_MS = 45_000;
const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

type Pending = { actor: string; operation: string; go(): void };
export type Choice = { label: string; take(): void | Promise<void> };

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

/** Everything that the calls of a small case happen to; what can happen next is asked for, chosen, and done. */
export async function createSmallWorld({ firstAnswer, accident, company }: SmallCase) {
  const store = memoryStore();
  const topic = memoryTopic();
  const clock = manualClock();
  const random = namedRandomness();
  const settings = { outboxGraceMs: 20_000, budgetMs: 1000 };
  const system = { clock, timer: clock, settings, log: SILENT };
  const orderBy = (actor: string): string => `order-by-${actor}`;
  const place = (actor: string, view: typeof store) =>
    placeOrder(
      {
        tenant: 'acme',
        contact: { name: 'Ada', email: 'ada@example.com' },
        customerId: CUSTOMER,
        orderId: orderBy(actor),
      },
      { ...system, random: random.of(actor), store: view },
    );
  const { orderId } = await place('client', store);
  const notificationId = `order_${orderId}_1-1`;
  const key = notificationKey('acme', notificationId);
  if (!key) throw new Error('The order asks for no notification.');
  const erasureKey = { tenant: 'acme', type: 'erasure', id: erasureKeyOf('acme', { customerId: CUSTOMER }).id };
  const requestErasure = (actor: string, view: typeof store) =>
    executeOnce(
      {
        decider: erasureDecider,
        key: erasureKey,
        commandId: `http#erase-${actor}`,
        fingerprint: 'erase',
        command: { type: 'StartErasure', scope: { customerId: CUSTOMER }, correlationId: 'c' },
        metadata: { correlationId: 'c', causationId: 'request' },
      },
      { ...system, random: random.of(actor), store: view },
    );
  /** Notifications that the log does not show yet. */
  const hidden = new Set<string>(company === 'a late entry' ? [notificationId] : []);
  const listLog: typeof store.listLog = async (...asked) => {
    const { entries, ...page } = await store.listLog(...asked);
    return { ...page, entries: entries.filter((entry) => !hidden.has(entry.key.notificationId)) };
  };

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
  /** How many attempts there were when somebody ended the notification: there must never be another. */
  let attemptsAtEnd: number | undefined;
  const notice = (actor: string, operation: string): void => {
    if (!['erasure', 'person'].includes(actor) || operation !== 'commit' || attemptsAtEnd !== undefined) return;
    const row = [...store.states.values()].find((one) => one.key.part?.id === notificationId)?.stored
      .state as Notification;
    if (row.status === 'CANCELLED') attemptsAtEnd = row.attempts.length;
  };
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
                  notice(actor, name);
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
    circuit: closedCircuit,
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
    firstClaimMs: 120_000,
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

  const eraserOf = (actor: string, view: typeof store) =>
    erasureWaker({
      ...system,
      random: random.of(actor),
      store: view,
      messageLog: view,
      notifications: view,
      contents: view,
      due: view,
      deadLetters: view,
    });
  const seen: typeof store = { ...store, listLog };
  const erase = eraserOf('wake', seen);
  let isCancelled = false;
  const cancel = async (): Promise<void> => {
    const view = gated('person', store);
    const { outcome } = await executeOnce(
      {
        decider: notificationDecider,
        key,
        commandId: 'http#cancel',
        fingerprint: 'cancel',
        command: { type: 'Resolve', action: 'cancel', by: 'eve', reason: 'A test decides', dueAt: clock.now() },
        metadata: { correlationId: 'c', causationId: 'request' },
      },
      { ...system, random: random.of('person'), store: view },
    );
    isCancelled = outcome.accepted;
  };

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
      await erase(await store.due(ERASURE_DUE, clock.now(), 10));
      for (const kind of [NOTIFICATION_DUE, UNKNOWN_DUE]) {
        await wake(await store.due(kind, clock.now(), 10));
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
    ...(isRequested && !isWalking ? [{ label: 'walk begins', take: walk }] : []),
    // What happens when all else is over is for the end.
    ...(hidden.has(notificationId) && pending.length > 0
      ? [{ label: 'entry appears', take: () => void hidden.clear() }]
      : []),
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
    for (const repeat of toRepeat) await repeat();
    for (let round = 0; round < 3; round += 1) {
      await wakeAll();
      for (const id of [notificationId, ...further]) {
        const asked = { ...request, notificationId: id };
        await sendNotification(asked, remainingMs, senderPorts('last', store, { send: take }));
      }
    }
    await dayPasses();
    const row = (await store.read(key))?.state as Notification;
    const said = [...store.outbox.values()]
      .flatMap(({ messages }) => messages)
      .map((text) => JSON.parse(text) as Envelope)
      .filter(({ type, data }) => type.startsWith('counterfoil.notification.') && isAbout(data, notificationId))
      .map(({ type }) => type);
    return faultIn(row, accepted.length, said) ?? (company === 'a second delivery' ? undefined : faultInEnd(row));
  };
  /** What the log showed at last, it shows within the day in which an erasure looks again. */
  const dayPasses = async (): Promise<void> => {
    if (company === 'a late entry') hidden.clear();
    for (let hours = 0; hours < 26; hours += 1) {
      clock.advance(DAY_MS / 24);
      await erase(await store.due(ERASURE_DUE, clock.now(), 10));
    }
    await wakeAll();
  };
  /** What is wrong with how somebody else ended it. */
  const faultInEnd = async (row: Notification): Promise<string | undefined> => {
    if (attemptsAtEnd !== undefined && row.attempts.length > attemptsAtEnd)
      return `claimed after its end: ${about(row)}`;
    if (company !== 'a cancellation') return leftBehind(row);
    const isEnd = !isCancelled || row.status === (accepted.length > 0 ? 'SENT' : 'CANCELLED');
    return isEnd ? undefined : `not cancelled, and said to be: ${about(row)}`;
  };
  /** What an erasure that is done has forgotten to take. */
  const leftBehind = async (row: Notification): Promise<string | undefined> => {
    const erasure = (await store.read(erasureKey))?.state as Erasure;
    if (erasure.status !== 'DONE') return `the erasure is ${erasure.status}`;
    for (const id of [notificationId, ...further]) {
      const left = await leftOf(id);
      if (left) return `${left}: ${id} of ${about(row)}`;
    }
    if (accepted.length === 0 && row.status !== 'CANCELLED') return `it may still be sent: ${about(row)}`;
    return undefined;
  };
  const leftOf = async (id: string): Promise<string | undefined> => {
    const ofIt = notificationKey('acme', id);
    const found = ofIt && (await store.readWithContent(ofIt));
    if (!ofIt || !found) return 'it is not there';
    const subject = { tenant: ofIt.tenant, type: ofIt.type, id: ofIt.id };
    if (found.content) return 'what it says is still there';
    if ((found.stored.state as Notification).erasedAt === undefined) return 'the row was not erased';
    const order = (await store.read(subject))?.state as Order | undefined;
    return order?.contact ? 'the contact is still there' : undefined;
  };

  let isRequested = false;
  let isWalking = false;
  /** Notifications of the orders that are placed meanwhile. */
  const further: string[] = [];
  const walk = (): void => {
    isWalking = true;
    clock.advance(WALK_MS);
    const view = gated('erasure', seen);
    void store.due(ERASURE_DUE, clock.now(), 10).then(eraserOf('erasure', view));
  };
  /** Clients that were told to come again: they do at the end, with the same key. */
  const toRepeat: (() => Promise<void>)[] = [];
  const requested = async (actor: string, view: typeof store): Promise<void> => {
    const ask = async (through: typeof store): Promise<void> => {
      await requestErasure(actor, through);
      isRequested = true;
    };
    await ask(view).catch(() => void toRepeat.push(() => ask(store)));
  };
  const placed = async (actor: string): Promise<void> => {
    const order = await place(actor, gated(actor, store));
    further.push(`order_${order.orderId}_1-1`);
  };
  // One that gives up has its message again, too: in the end, everybody is asked once more.
  const gaveUp = (): undefined => undefined;
  const COMPANY_STARTS: Record<SmallCase['company'], () => void | Promise<void>> = {
    'a second delivery': () => void send('second').catch(gaveUp),
    'a cancellation': () => void cancel().catch(gaveUp),
    'an erasure': () => void requested('request', gated('request', store)),
    'a late entry': () => void requested('request', gated('request', store)),
    'a second request': async () => {
      await requestErasure('client', store);
      walk();
      void placed('customer').then(() => requested('customer', gated('customer', store)));
    },
    'a command in progress': async () => {
      hidden.add(`order_${orderBy('customer')}_1-1`);
      void placed('customer');
      await requested('client', store);
    },
  };
  const start = async (): Promise<void> => {
    if (isDelivered(company)) void send('first').catch(gaveUp);
    await COMPANY_STARTS[company]();
  };
  const situation = async (): Promise<string> =>
    digestOf([
      clock.now(),
      [...store.states].sort(),
      [...store.outbox].sort(),
      await store.readWithContent(key),
      [accepted, events, calls, told, struck, feedbackRuns, attemptsAtEnd, isCancelled],
      [isRequested, isWalking, further, [...hidden]],
      [[...dead], [...heard].sort(), [...random.drawn].sort()],
      pending.map(({ actor, operation }) => `${actor} ${operation}`).sort(),
    ]);
  return { start, choices, judge, situation };
}

const about = ({ status, attempts }: Notification): string => `${status}: ${JSON.stringify(attempts)}`;

const isAbout = (data: unknown, notificationId: string): boolean =>
  (data as { notificationId?: string }).notificationId === notificationId;

/** Whether a sender is asked from the beginning, or only at the end. */
const isDelivered = (company: SmallCase['company']): boolean =>
  company !== 'a second request' && company !== 'a command in progress';

/** What is wrong at the end; undefined, if nothing is. */
function faultIn(row: Notification, accepted: number, said: string[]): string | undefined {
  const count = (event: string): number => said.filter((type) => type.includes(`.${event}.`)).length;
  const about = `${row.status} with ${accepted} accepted calls and ${said.length} events: ${JSON.stringify(row.attempts)}`;
  if (row.status === 'FAILED' && row.reason === 'CONTENT_GONE') return `nothing was left to send: ${about}`;
  if (accepted > 1) return `sent twice: ${about}`;
  if (['PENDING', 'SENDING', 'UNKNOWN'].includes(row.status)) return `left unfinished: ${about}`;
  if (row.status === 'SENT' && accepted === 0) return `said to be sent: ${about}`;
  if (row.status !== 'SENT' && accepted === 1) return `sent, and not said: ${about}`;
  if (count('sent') !== (accepted === 1 ? 1 : 0)) return `"sent" was said ${count('sent')} times: ${about}`;
  if (count('failed') > 0 && accepted > 0) return `"failed" was said, and it was sent: ${about}`;
  return undefined;
}
