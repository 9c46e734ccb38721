import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import type { ShapeName } from '#test/support/shapes.ts';
import type { TestTable } from '#test/support/table.ts';
import { automaticRedrives } from './stored-examples/automatic-redrives.ts';
import { customers } from './stored-examples/customers.ts';
import { deadLetters } from './stored-examples/dead-letters.ts';
import { erasures } from './stored-examples/erasures.ts';
import { greetings } from './stored-examples/greetings.ts';
import { lanes } from './stored-examples/lanes.ts';
import { contents, notifications, outcomes } from './stored-examples/notifications.ts';
import {
  circuits,
  clients,
  feeds,
  listedOrders,
  requestCounted,
  statistics,
  statisticsReviews,
  suppressions,
} from './stored-examples/operation.ts';
import { orders } from './stored-examples/order.ts';
import { approvals, fallbacks, reminders } from './stored-examples/order-processes.ts';
import { outboxRows } from './stored-examples/outbox.ts';
import { redrives } from './stored-examples/redrives.ts';
import { replays } from './stored-examples/replays.ts';
import { attachments, messages, suppressionRequests } from './stored-examples/requested.ts';
import { tenantSettings } from './stored-examples/settings.ts';
import { startStage } from './stored-examples/stage.ts';
import { webhooks } from './stored-examples/webhooks.ts';

/** Shapes that are rows of their own, by their attribute `type`. */
export type RowType = Exclude<ShapeName, 'rendered' | 'notification-request'>;

export type Examples = {
  /** By type and what makes the example special. A type without an entry does not compile. */
  rows: Record<RowType, Record<string, Item>>;
  /** By message type: one envelope, and the request in both its forms. */
  messages: ReadonlyMap<string, Envelope>;
  /** What SNS is given. */
  publications: unknown[];
  /** Every row that the examples left behind, whatever it is. */
  everything: Item[];
};

/**
 * Every kind of row and message, made by the code that makes them in production, with a clock that stands
 * still and counted nonces, and written by the real store.
 */
export async function recordExamples(table: TestTable): Promise<Examples> {
  // Each begins with its own clock and nonces, so that a change of one changes no other.
  const stage = () => startStage(table);
  const { publications, outbox } = await outboxRows(stage());
  const posted = await webhooks(stage());
  const rows: Examples['rows'] = {
    order: await orders(stage()),
    'listed-order': await listedOrders(table),
    ...(await replays(stage())),
    ...(await customers(stage())),
    greeting: await greetings(stage()),
    approval: await approvals(stage()),
    fallback: await fallbacks(stage()),
    reminder: await reminders(stage()),
    message: await messages(stage()),
    erasure: await erasures(stage()),
    suppressionrequest: await suppressionRequests(stage()),
    notification: { ...(await notifications(stage)), ...posted.notification },
    content: { ...(await contents(stage())), ...posted.content },
    attachment: await attachments(stage()),
    feed: await feeds(stage()),
    circuit: await circuits(stage()),
    outbox,
    outcomes: await outcomes(stage()),
    ...(await statistics(table)),
    statisticsreview: await statisticsReviews(stage()),
    suppression: await suppressions(stage()),
    ...(await deadLetters(table, stage())),
    ...(await lanes(table, stage())),
    ...(await redrives(table, stage())),
    ...(await automaticRedrives(table, stage())),
    ...(await tenantSettings(stage())),
    webhooksettings: posted.webhooksettings,
    webhook: posted.webhook,
    client: await clients(table),
    requestcount: await requestCounted(table, stage()),
  };
  const everything = await stage().everything();
  // A test is posted, and no outbox has its event.
  const envelopes = messagesIn(everything).set(posted.test.type, posted.test);
  return { rows, messages: envelopes, publications, everything };
}

/** One of each type; from the order with every field, where there are several. */
function messagesIn(everything: readonly Item[]): Map<string, Envelope> {
  const texts = everything.flatMap(({ messages }) => messages?.L?.map(({ S = '' }) => S) ?? []);
  const envelopes = texts
    .map((text) => JSON.parse(text) as Envelope & { channel?: string })
    .filter(({ channel }) => channel !== 'webhook')
    .sort((one, other) => one.id.localeCompare(other.id));
  const messages = new Map<string, Envelope>();
  for (const envelope of envelopes) {
    const known = messages.get(envelope.type);
    if (!known || JSON.stringify(envelope).length > JSON.stringify(known).length) messages.set(envelope.type, envelope);
  }
  return messages;
}
