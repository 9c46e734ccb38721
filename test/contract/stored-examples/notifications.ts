import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { handleRequest } from '#shared/delivery/handle-request.ts';
import type { OutgoingMessage, ProviderAnswer } from '#shared/delivery/provider.ts';
import { recordAcceptance } from '#shared/feedback/acceptance.ts';
import { NOTIFICATION_REQUESTED, SORT_KEY } from '#shared/names.ts';
import type { Rendered } from '#shared/notification/content.ts';
import { type NotificationCommand, notificationDecider } from '#shared/notification/decider.ts';
import { ANNOUNCED_OUTCOMES, type Notification } from '#shared/notification/notification.ts';
import { type NotificationKey, notificationKeyOf } from '#shared/notification/notification-id.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { FEED } from '#shared/settlement/feed.ts';
import { feedKeeper } from '#shared/settlement/feed-keeper.ts';
import type { OnUnknown } from '#shared/settlement/settle.ts';
import { notificationWaker } from '#shared/settlement/wake-notification.ts';
import { feedbackPorts } from '#test/support/world/functions.ts';
import {
  byEmail,
  DEADLINE_MS,
  FIRST_CLAIM_MS,
  FULL_ORDER,
  partitionOf,
  recordsOf,
  type Stage,
  TENANT,
} from './stage.ts';

/** One notification of its own, and what can happen to it. */
export async function aNotification(stage: Stage, key: string) {
  const { store, post, provider, sender, itemAt } = stage;
  const orderId = await post(key, byEmail);
  const notificationId = `order_${orderId}_1-1`;
  const address = notificationKeyOf({ tenant: TENANT, type: 'order', id: orderId }, notificationId);
  const request = (await recordsOf(store, orderId))
    .flatMap(({ messages }) => messages)
    .find((text) => JSON.parse(text).type === NOTIFICATION_REQUESTED);
  const row = () => itemAt(partitionOf(orderId), `${SORT_KEY.notification}${notificationId}`);
  const send = async (answer?: ProviderAnswer | 'accept-silently', during?: () => Promise<void>): Promise<void> => {
    if (answer) provider.answerWith([answer]);
    const call = async (message: OutgoingMessage) => {
      await during?.();
      return provider.send(message);
    };
    await handleRequest(request ?? '', () => 30_000, sender('email', { send: call }));
  };
  const wake = (verdict: OnUnknown = 'hold') => wakeOnce(stage, address, verdict);
  const evidence = (attempt: number) => recordEvidence(stage, address, attempt);
  const command = async (what: NotificationCommand, part = ''): Promise<void> => {
    const metadata = { correlationId: 'correlation', causationId: 'cause' };
    const commandId = messageCommandId('example', `${notificationId}#${what.type}${part}`);
    const fingerprint = commandId;
    await executeOnce(
      { decider: notificationDecider, key: address, commandId, fingerprint, command: what, metadata },
      stage.ports,
    );
  };
  return { row, send, wake, evidence, command, orderId };
}

/** `wake-due` at the moment when the notification is due, over a feed that has reported everything. */
async function wakeOnce({ store, clock, ports }: Stage, address: NotificationKey, verdict: OnUnknown): Promise<void> {
  const keeper = {
    ...feedKeeper(store.statesOf(FEED), 'email'),
    read: async () => ({ watermark: Number.MAX_SAFE_INTEGER }),
  };
  const wake = notificationWaker({
    ...ports,
    notifications: store,
    firstClaimMs: FIRST_CLAIM_MS,
    publisher: { publishBatch: async () => [] },
    due: store,
    unknownDeadlineMs: DEADLINE_MS,
    settling: {
      onUnknown: () => verdict,
      inFlightMs: 0,
      marginMs: 0,
      countLagMs: 0,
      holdAfterMs: DEADLINE_MS,
      recheckMs: 1000,
    },
    feeds: { email: { keeper, isDrained: async () => true, probe: async () => undefined } },
  });
  clock.advance(DEADLINE_MS);
  await wake([{ dueAt: 0, key: address }]);
}

/** The provider's event about the n-th attempt. */
async function recordEvidence(
  { store, clock, ports }: Stage,
  address: NotificationKey,
  attempt: number,
): Promise<void> {
  const stored = await store.read(address);
  const { nonce = '' } = stored?.state.attempts[attempt] ?? {};
  const acceptance = { providerMessageId: `ses-${nonce}`, acceptedAt: new Date(clock.now()).toISOString() };
  await recordAcceptance(
    { ...acceptance, tenant: TENANT, notificationId: address.notificationId, attemptNonce: nonce },
    {
      ...feedbackPorts(ports),
      feed: { read: async () => ({}), advance: async () => undefined, reserveProbe: async () => false },
    },
  );
}

const UNKNOWN: ProviderAnswer = { kind: 'unknown', reason: 'TIMEOUT' };

export async function notifications(
  startAnew: () => Stage,
): Promise<Record<Notification['status'], Item> & Record<string, Item>> {
  const after = async (key: string, happen: (one: Awaited<ReturnType<typeof aNotification>>) => Promise<void>) => {
    const one = await aNotification(startAnew(), key);
    await happen(one);
    return one.row();
  };
  let sending: Item | undefined;
  await after('sending', async (one) => {
    await one.send(undefined, async () => {
      sending = await one.row();
    });
  });
  return {
    PENDING: await after('pending', async () => undefined),
    'PENDING, announced again': await after('reminded', ({ wake }) => wake()),
    'PENDING, given back': await after('deferred', ({ send }) => send({ kind: 'deferred', reason: 'Throttled' })),
    'PENDING, to be sent again': await after('resend', async ({ send, wake }) => {
      await send(UNKNOWN);
      await wake('resend');
    }),
    SENDING: sending ?? {},
    SENT: await after('sent', ({ send }) => send()),
    'SENT, doubled': await after('doubled', async ({ send, wake, evidence }) => {
      await send('accept-silently');
      await wake('resend');
      await send();
      await evidence(0);
    }),
    FAILED: await after('failed', ({ send }) => send({ kind: 'rejected', reason: 'MessageRejected' })),
    UNKNOWN: await after('unknown', ({ send }) => send(UNKNOWN)),
    HELD: await after('held', async ({ send, wake }) => {
      await send(UNKNOWN);
      await wake('hold');
    }),
    SUPPRESSED: await after('suppressed', ({ command }) => command({ type: 'Suppress' })),
    'SUPPRESSED, because of a bounce': await after('suppressed-bounce', ({ command }) =>
      command({ type: 'Suppress', reason: 'BOUNCE' }),
    ),
    CANCELLED: await after('cancelled', ({ command }) =>
      command({ type: 'Resolve', action: 'cancel', by: 'operator', reason: 'Asked for by mistake', dueAt: 0 }),
    ),
    'SENT, with every outcome': await after('outcomes', async ({ send, command }) => {
      await send();
      for (const outcome of ANNOUNCED_OUTCOMES) await command({ type: 'RecordOutcome', outcome }, outcome);
    }),
  };
}

export async function contents({ store, post, itemAt, sender }: Stage): Promise<Record<string, Item>> {
  const orderId = await post('order that is told about', FULL_ORDER);
  const requests = (await recordsOf(store, orderId))
    .flatMap(({ messages }) => messages)
    .filter((text) => JSON.parse(text).type === NOTIFICATION_REQUESTED);
  const channels: Rendered['channel'][] = ['email', 'sms'];
  const rowsNow = async (what: string): Promise<[string, Item][]> =>
    Promise.all(
      channels.map(async (channel, index): Promise<[string, Item]> => {
        const sk = `${SORT_KEY.notification}order_${orderId}_1-${index + 1}${SORT_KEY.content}`;
        return [`${channel}, ${what}`, await itemAt(partitionOf(orderId), sk)];
      }),
    );
  const before = await rowsNow('not rendered yet');
  for (const [index, channel] of channels.entries()) {
    await handleRequest(requests[index] ?? '', () => 30_000, sender(channel));
  }
  return Object.fromEntries([...before, ...(await rowsNow('rendered'))]);
}

export async function outcomes({ store, clock, itemAt }: Stage): Promise<Record<string, Item>> {
  const notificationId = 'order_outcomes_1-1';
  const key = notificationKeyOf({ tenant: TENANT, type: 'order', id: 'outcomes' }, notificationId);
  const at = new Date(clock.now()).toISOString();
  await store.recordOutcomes(key, [
    { position: 0, kind: 'DELIVERED', at },
    { position: 10, kind: 'BOUNCED', at, code: 'General' },
    { kind: 'OPENED', at },
  ]);
  return {
    'of several': await itemAt(
      partitionOf('outcomes'),
      `${SORT_KEY.notification}${notificationId}${SORT_KEY.outcomes}`,
    ),
  };
}
