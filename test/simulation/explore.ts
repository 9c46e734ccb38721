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
import type { DueNotification, Log } from '#shared/ports.ts';
import { placeOrder } from '#test/support/orders.ts';
import { countedRandomness, manualClock } from '#test/support/ports.ts';

/** What the provider makes of the first call that reaches it; every later one is taken. */
export const FIRST_ANSWERS = ['accepted', 'rejected', 'answer lost', 'request lost'] as const;
export type FirstAnswer = (typeof FIRST_ANSWERS)[number];

/** One accident, at any moment: a sender dies, or so much time passes that everything due is woken and settled. */
export const ACCIDENTS = ['none', 'the first sender dies', 'time passes'] as const;
export type Accident = (typeof ACCIDENTS)[number];

export type SmallCase = { firstAnswer: FirstAnswer; accident: Accident };
export type Exploration = { schedules: number; violations: { schedule: string[]; what: string }[] };

const MARGIN_MS = 60_000;
const LEASE_MS = 45_000;
const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * One notification, two deliveries of its message, one event of the provider, one accident: every order in which
 * their calls can reach table and provider is run, each from the beginning.
 * @param most violations that are kept; the search goes on to count schedules.
 */
export async function explore(small: SmallCase, most = 1): Promise<Exploration> {
  const found: Exploration = { schedules: 0, violations: [] };
  let path: number[] = [];
  while (true) {
    const { widths, labels, violation } = await runSchedule(small, path);
    found.schedules += 1;
    if (violation && found.violations.length < most) found.violations.push({ schedule: labels, what: violation });
    // The next schedule: the last choice that has another alternative takes it.
    const taken = widths.map((_, index) => path[index] ?? 0);
    let last = taken.length - 1;
    while (last >= 0 && (taken[last] as number) + 1 >= (widths[last] as number)) last -= 1;
    if (last < 0) return found;
    path = [...taken.slice(0, last), (taken[last] as number) + 1];
  }
}

type Pending = { actor: string; operation: string; go(): void };
type Choice = { label: string; take(): void | Promise<void> };

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function runSchedule(
  small: SmallCase,
  path: readonly number[],
): Promise<{ widths: number[]; labels: string[]; violation?: string }> {
  const world = await createSmallWorld(small);
  const widths: number[] = [];
  const labels: string[] = [];
  world.start();
  await settled();
  while (true) {
    const choices = world.choices();
    if (choices.length === 0) break;
    const choice = choices[path[widths.length] ?? 0] as Choice;
    widths.push(choices.length);
    labels.push(choice.label);
    await choice.take();
    await settled();
  }
  const violation = await world.judge();
  return { widths, labels, ...(violation && { violation }) };
}

async function createSmallWorld({ firstAnswer, accident }: SmallCase) {
  const store = memoryStore();
  const topic = memoryTopic();
  const clock = manualClock();
  const random = countedRandomness();
  const settings = { outboxGraceMs: 20_000, firstClaimMs: 120_000, budgetMs: 1000 };
  const system = { clock, timer: clock, random, settings, log: SILENT };
  const { orderId } = await placeOrder(
    { tenant: 'acme', contact: { name: 'Ada', email: 'ada@example.com' } },
    { ...system, store },
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
  /** Calls of an actor wait for their turn; a dead actor's never come. */
  const gated = <Ports extends object>(actor: string, ports: Ports): Ports =>
    new Proxy(ports, {
      get: (target, name: string) => {
        const execute = target[name as keyof Ports] as unknown;
        if (typeof execute !== 'function') return execute;
        return (...args: unknown[]) =>
          new Promise((resolve, reject) => {
            const go = (): void => void execute.apply(target, args).then(resolve, reject);
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
  const senderPorts = (view: typeof store, provider: Provider): SenderPorts => ({
    ...system,
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
    sendNotification(request, remainingMs, senderPorts(gated(actor, store), gated(actor, { send: take })));
  const feedbackPorts = (view: typeof store): FeedbackPorts => ({
    ...system,
    store: view,
    notifications: view,
    feed: feedKeeper(view, 'email'),
    feedStepMs: 0,
    subscriber: 'record-feedback',
  });
  const wake = notificationWaker({
    ...system,
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
        random,
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
    if (accident === 'time passes') return [{ label: 'time passes', take: timePasses }];
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
      await sendNotification(request, remainingMs, senderPorts(store, { send: take }));
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
  return { start, choices, judge };
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
