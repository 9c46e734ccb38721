import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Account } from '#infra/account/clients.ts';
import { registerClient } from '#infra/account/machine-clients.ts';
import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { orderListStore } from '#shared/adapters/aws/dynamodb/order-list.ts';
import { requestCounts } from '#shared/adapters/aws/dynamodb/request-counts.ts';
import { statisticsStore } from '#shared/adapters/aws/dynamodb/statistics.ts';
import { CIRCUIT } from '#shared/delivery/circuit.ts';
import { circuitBreaker } from '#shared/delivery/circuit-breaker.ts';
import { SORT_KEY } from '#shared/names.ts';
import type { Notification } from '#shared/notification/notification.ts';
import { type ListedOrder, positionOf } from '#shared/order-list/ports.ts';
import { FEED } from '#shared/settlement/feed.ts';
import { feedKeeper } from '#shared/settlement/feed-keeper.ts';
import { figuresOf } from '#shared/statistics/figures.ts';
import {
  afterStep,
  comparedFrom,
  dueOf as dueOfReview,
  firstReview,
  STATISTICS_REVIEW,
  type StatisticsReview,
} from '#shared/statistics/review.ts';
import { reviewKey } from '#shared/statistics/review-tenants.ts';
import type { TestTable } from '#test/support/table.ts';
import { type Stage, startStage, TENANT } from './stage.ts';

/** Rows of a stage as a whole: what its functions count, watch, set aside and let in. */

export async function statisticsReviews({ store, clock, itemAt }: Stage): Promise<Record<string, Item>> {
  const key = reviewKey(TENANT);
  const row = () => itemAt(`${TENANT}#${key.type}#${key.id}`, SORT_KEY.state);
  const begun = firstReview(clock.now());
  const further = comparedFrom(afterStep(begun), '2025-12-25T12:34:00.000Z');
  const stored = (version: number, state: StatisticsReview) => ({
    schemaVersion: STATISTICS_REVIEW.written,
    version,
    state,
    due: dueOfReview(state),
  });
  const reviews = store.statesOf(STATISTICS_REVIEW);
  await reviews.replace(key, 0, stored(1, begun));
  const first = await row();
  await reviews.replace(key, 1, stored(2, further));
  return { begun: first, 'on its way': await row() };
}

/** Of an order with every field, of one without a customer, and a copy by a replay. */
export async function listedOrders(table: TestTable): Promise<Record<string, Item>> {
  const { clock, itemAt } = startStage(table);
  const store = orderListStore(table);
  const placedAt = new Date(clock.now()).toISOString();
  const first: ListedOrder = {
    orderId: 'o1',
    status: 'placed',
    version: 1,
    customerId: 'customer-1',
    currency: 'EUR',
    total: 2500,
    itemCount: 2,
    placedAt,
  };
  const { customerId: _customerId, ...second } = { ...first, orderId: 'o2', version: 2, total: 0, itemCount: 0 };
  const list = { tenant: TENANT, generation: 1 };
  for (const order of [first, second]) await store.keepListed(list, order);
  await store.copyListed({ ...list, generation: 2 }, first);
  const row = (order: ListedOrder, generation = 1) => itemAt(`${TENANT}#orders#${generation}`, positionOf(order));
  return { 'in full': await row(first), 'without a customer': await row(second), 'a copy': await row(first, 2) };
}

export async function feeds({ store, clock, itemAt }: Stage): Promise<Record<string, Item>> {
  const keeper = feedKeeper(store.statesOf(FEED), 'email');
  const row = () => itemAt('#feed#email', SORT_KEY.state);
  await keeper.advance(clock.now(), 0);
  const moved = await row();
  await keeper.reserveProbe(clock.now(), clock.now());
  return { moved, probed: await row() };
}

export async function circuits({ store, clock, ports: { random, log }, itemAt }: Stage): Promise<Record<string, Item>> {
  const probe = { firstProbeMs: 1000, longestProbeMs: 1000, probeLeaseMs: 1000, longestWaitMs: 1000, believedMs: 0 };
  const settings = { ...probe, windowMs: 60_000, leastRefused: 1, refusedShare: 1 };
  const circuit = circuitBreaker({ states: store.statesOf(CIRCUIT), channel: 'email', clock, random, log, settings });
  const row = () => itemAt('#circuit#email', SORT_KEY.state);
  await circuit.record({ kind: 'pass' }, 'one', { kind: 'deferred', reason: 'ACCOUNT_SENDING_PAUSED' });
  const open = await row();
  clock.advance(1000);
  const permit = await circuit.enter(0);
  const probing = await row();
  await circuit.record(permit, 'one', { kind: 'accepted', providerMessageId: 'provider-1' });
  return { open, 'open, probing': probing, closed: await row() };
}

/** Of a minute that is counted, and one that is to be counted while its count is under way. */
export async function statistics(
  table: TestTable,
): Promise<Record<'statistics-minute' | 'statistics-hour', Record<string, Item>>> {
  const { clock, itemAt } = startStage(table);
  const store = statisticsStore(table);
  const at = new Date(clock.now()).toISOString();
  const sent: Notification = {
    channel: 'email',
    purpose: 'order-confirmation',
    createdAt: at,
    correlationId: 'c',
    attempts: [{ nonce: 'n', claimedAt: at, outcome: 'accepted', settledAt: at, providerMessageId: 'p' }],
    recipients: ['recipient-1'],
    status: 'SENT',
    providerMessageId: 'p',
    sentAt: at,
  };
  const email = figuresOf(sent, [{ position: 0, kind: 'DELIVERED', at: new Date(clock.now() + 1500).toISOString() }]);
  const [counted, marked] = ['2026-01-01T00:00', '2026-01-01T00:01'].map((minute) => ({ tenant: TENANT, minute }));
  if (!counted || !marked) throw new Error('There are two minutes.');
  for (const minute of [counted, marked]) {
    await store.markMinute(minute, clock.now());
    await store.takeMinute(minute, 'nonce-1', clock.now());
  }
  await store.keepMinute(counted, 'nonce-1', { figures: { email }, isPartial: true, restsUntil: clock.now() + 10 });
  const row = (sk: string) => itemAt(`${TENANT}#statistics`, sk);
  return {
    'statistics-minute': {
      counted: await row(`MINUTE#${counted.minute}`),
      'being counted': await row(`MINUTE#${marked.minute}`),
    },
    'statistics-hour': { counted: await row('HOUR#2026-01-01T00') },
  };
}

export async function suppressions({ store, clock, itemAt }: Stage): Promise<Record<string, Item>> {
  const row = (recipient: string) => itemAt(`${TENANT}#suppression`, recipient);
  const since = new Date(clock.now()).toISOString();
  const suppression = { channel: 'email', reason: 'BOUNCE', origin: 'order_o1_1-1', since } as const;
  await store.suppress(TENANT, { ...suppression, recipient: 'recipient-1' });
  await store.suppress(TENANT, { ...suppression, recipient: 'recipient-2' });
  await store.liftSuppression(TENANT, 'recipient-2', clock.now() + 1000);
  return { 'in force': await row('recipient-1'), lifted: await row('recipient-2') };
}

/** As `npm run tenants` writes them. */
export async function clients({ client, tableName }: TestTable): Promise<Record<string, Item>> {
  await registerClient({ account: { dynamo: client } as Account, tableName }, 'client-1', TENANT);
  const { Items: [registered = {}] = [] } = await client.send(
    new ScanCommand({
      TableName: tableName,
      FilterExpression: 'begins_with(pk, :client)',
      ExpressionAttributeValues: { ':client': { S: 'client#' } },
    }),
  );
  return { registered };
}

/** The requests of a busy tenant in a window. */
export async function requestCounted(table: TestTable, { itemAt }: Stage): Promise<Record<string, Item>> {
  await requestCounts(table).add('acme', { window: 176_722_560, requests: 10 });
  return { counted: await itemAt('acme#requestcount#requestcount', SORT_KEY.state) };
}
