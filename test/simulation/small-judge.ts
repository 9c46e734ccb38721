import type { OutgoingMessage } from '#shared/delivery/provider.ts';
import { ERASURE } from '#shared/erasure/erasure.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { ORDER } from '#shared/order/order.ts';
import { eventsByNotification, messageIn, nameOf } from '#test/support/judge/messages.ts';
import { judgeNotification } from '#test/support/judge/notification.ts';
import { keyOfNotification, type World } from '#test/support/world/world.ts';
import type { SmallCase } from './small-cases.ts';
import { providerIdOf } from './small-provider.ts';

/** What is known about a small case at its end. */
export type End = {
  notificationId: string;
  /** Notifications of the orders that were placed during the run. */
  others: readonly string[];
  /** Calls about the notification that the provider accepted. */
  accepted: readonly OutgoingMessage[];
  /** Number of attempts when the notification was cancelled or erased; undefined if it was not. */
  attemptsAtEnd: number | undefined;
  /** Whether a cancellation was accepted. */
  isCancelled: boolean;
  erasureKey: StateKey;
};

/** The violation, with its name before the first colon; undefined if there is none. */
export async function violationIn(world: World, company: SmallCase['company'], end: End): Promise<string | undefined> {
  const row = await world.notification(end.notificationId);
  return (
    faultIn(row, world, end) ?? (company === 'a second delivery' ? undefined : faultInEnd(row, world, company, end))
  );
}

/** A violation of the notification that does not depend on the parallel actor. */
function faultIn(row: Notification, { store }: World, { notificationId, accepted }: End): string | undefined {
  if (row.status === 'FAILED' && row.reason === 'CONTENT_GONE') return `nothing was left to send: ${about(row)}`;
  const messages = [...store.outbox.values()].flatMap((record) => record.messages.map(messageIn));
  const [finding] = judgeNotification({
    notification: row,
    accepted: accepted.map(({ attemptNonce: nonce }) => {
      // Every event is applied by the end.
      return { providerMessageId: providerIdOf(nonce), nonce, isReported: true };
    }),
    contents: new Set(accepted.map(({ rendered }) => JSON.stringify(rendered))),
    events: eventsByNotification(messages).get(nameOf('acme', notificationId)) ?? [],
  });
  return finding && `${finding.what}: ${finding.why}`;
}

/** A violation of the cancellation or erasure. */
async function faultInEnd(
  row: Notification,
  world: World,
  company: SmallCase['company'],
  end: End,
): Promise<string | undefined> {
  const { attemptsAtEnd, isCancelled, accepted } = end;
  if (attemptsAtEnd !== undefined && row.attempts.length > attemptsAtEnd) return `claimed after its end: ${about(row)}`;
  if (company !== 'a cancellation') return leftBehind(row, world, end);
  const isEnd = !isCancelled || row.status === (accepted.length > 0 ? 'SENT' : 'CANCELLED');
  return isEnd ? undefined : `reported as cancelled, but not cancelled: ${about(row)}`;
}

/** Personal data that is left after an erasure. */
async function leftBehind(
  row: Notification,
  world: World,
  { notificationId, others, accepted, erasureKey }: End,
): Promise<string | undefined> {
  const erasure = (await world.store.statesOf(ERASURE).read(erasureKey))?.state;
  if (erasure?.status !== 'DONE') return `the erasure is ${erasure?.status}`;
  for (const id of [notificationId, ...others]) {
    const left = await leftOf(id, world);
    if (left) return `${left}: ${id} of ${about(row)}`;
  }
  if (accepted.length === 0 && row.status !== 'CANCELLED') return `it may still be sent: ${about(row)}`;
  return undefined;
}

async function leftOf(notificationId: string, { store }: World): Promise<string | undefined> {
  const key = keyOfNotification(notificationId);
  const found = await store.readWithContent(key);
  if (!found) return 'its row is missing';
  if (found.content) return 'its content is still there';
  if (found.stored.state.erasedAt === undefined) return 'the row was not erased';
  const { tenant, type, id } = key;
  const order = (await store.statesOf(ORDER).read({ tenant, type, id }))?.state;
  return order?.contact ? 'the contact is still there' : undefined;
}

const about = ({ status, attempts }: Notification): string => `${status}: ${JSON.stringify(attempts)}`;
