import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { auditList } from '#shared/adapters/aws/dynamodb/audit.ts';
import { deadLetterLists } from '#shared/adapters/aws/dynamodb/dead-letter-lists.ts';
import { messageLogStore } from '#shared/adapters/aws/dynamodb/message-log.ts';
import { orderListStore } from '#shared/adapters/aws/dynamodb/order-list.ts';
import { outboxHistory } from '#shared/adapters/aws/dynamodb/outbox.ts';
import { redriveList, redriveSets } from '#shared/adapters/aws/dynamodb/redrives.ts';
import { replayList } from '#shared/adapters/aws/dynamodb/replays.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import { statisticsStore } from '#shared/adapters/aws/dynamodb/statistics.ts';
import { dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import { CUSTOMER } from '#shared/customer/customer.ts';
import { ERASURE } from '#shared/erasure/erasure.ts';
import { PAUSES } from '#shared/lane/pauses.ts';
import { READINGS } from '#shared/lane/readings.ts';
import type { MessageLogView } from '#shared/message-log/responses.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import { settingsReader } from '#shared/notification/settings/settings-reader.ts';
import { DEAD_LETTER, DEAD_LETTER_GROUP } from '#shared/once/dead-letter.ts';
import { APPROVAL } from '#shared/order/approval.ts';
import { ORDER } from '#shared/order/order.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { REDRIVE } from '#shared/redrive/redrive.ts';
import { REPLAY } from '#shared/replay/replay.ts';
import { WEBHOOK_SETTINGS } from '#shared/webhook/settings.ts';
import { type CountedReads, countReads } from '#test/support/counted-reads.ts';
import { firstGenerations } from '#test/support/generations.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { type LoggedRow, putLogged } from '#test/support/logged-rows.ts';
import { countedRandomness, manualClock, memoryLog } from '#test/support/ports.ts';
import { startTable, type TestTable } from '#test/support/table.ts';
import { queriesWith, SENDER_ADDRESS } from '#test/support/world/api.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const OLD = 10_000;
const NEW = 500;
/** Of this recipient there are few among them. */
const RARE = 'rare@example.com';
const SECRET = 'key of the tests';
const keyOf = recipientKey(SECRET);

/** Three in the same millisecond, over an hour. */
const row = (number: number, prefix: string): LoggedRow => {
  const id = `${prefix}${number}`;
  const createdAt = new Date(NOON + Math.floor(number / 3) * 1000).toISOString();
  const address = number % 2500 === 0 ? RARE : `customer-${number}@example.com`;
  return {
    key: notificationKeyOf({ tenant: 'acme', type: 'order', id }, `order_${id}_1-1`),
    state: {
      channel: 'email',
      purpose: 'order-confirmation',
      createdAt,
      correlationId: 'c',
      attempts: [
        { nonce: 'n', claimedAt: createdAt, outcome: 'accepted', settledAt: createdAt, providerMessageId: 'p' },
      ],
      recipients: [keyOf('acme', 'email', address)],
      requestedBy: 'http#c',
      status: 'SENT',
      providerMessageId: 'p',
      sentAt: createdAt,
    },
    // Most were erased long ago: it costs half the time to write, and as much to read.
    ...((number > OLD - 100 || address === RARE) && {
      content: { recipients: [address], locale: 'en', template: 'order-confirmation', data: {} },
    }),
  };
};
const rows = (count: number, prefix: string, from = 0): LoggedRow[] =>
  Array.from({ length: count }, (_, index) => row(from + index, prefix));

describe('a message log of 10,000 messages on a real engine', () => {
  let table: TestTable;
  let reads: CountedReads;
  let list: (parameters: Record<string, string>, tenant?: string) => Promise<MessageLogView>;
  before(async () => {
    table = await startTable();
    await putLogged(table, rows(OLD, 'old'));
    const other = row(1, 'other');
    await putLogged(table, [{ ...other, key: { ...other.key, tenant: 'globex' } }]);
    const client = table.client;
    reads = countReads(client);
    const api = queriesWith({
      store: dynamoStore(table),
      letters: stateStore(table, DEAD_LETTER),
      letterGroups: stateStore(table, DEAD_LETTER_GROUP),
      letterLists: deadLetterLists(table),
      auditList: auditList(table),
      automaticRedrives: async () => new Map(),
      readings: stateStore(table, READINGS),
      pauses: stateStore(table, PAUSES),
      dueNotifications: { due: async () => [] },
      orders: stateStore(table, ORDER),
      approvals: stateStore(table, APPROVAL),
      customers: stateStore(table, CUSTOMER),
      erasures: stateStore(table, ERASURE),
      messageLog: messageLogStore(table),
      senderAddress: SENDER_ADDRESS,
      outboxHistory: outboxHistory(table),
      statistics: statisticsStore(table),
      orderList: orderListStore(table),
      orderGenerations: firstGenerations(),
      redrives: stateStore(table, REDRIVE),
      redriveList: redriveList(table),
      redriveSets: redriveSets(table),
      replays: stateStore(table, REPLAY),
      replayList: replayList(table),
      webhookSettings: stateStore(table, WEBHOOK_SETTINGS),
      tenantSettings: settingsReader(dynamoStore(table)),
      clock: manualClock(),
      secret: async () => SECRET,
      random: countedRandomness(),
      log: memoryLog(),
    });
    list = async (parameters, tenant = 'acme') => {
      const event = httpEvent({ routeKey: 'GET /notifications', tenant });
      const response = await api({ ...event, queryStringParameters: parameters });
      assert.equal(response.statusCode, 200, response.body);
      return bodyOf<MessageLogView>(response);
    };
  });
  after(() => table.stop());

  /** What one page costs. */
  async function page(parameters: Record<string, string>, tenant?: string) {
    const before = { ...reads };
    const answer = await list(parameters, tenant);
    return { answer, calls: reads.calls - before.calls, readUnits: reads.readUnits - before.readUnits };
  }

  it('shows its first page after three read calls, each with its recipients', async (t) => {
    const { answer, calls, readUnits } = await page({});
    assert.equal(answer.notifications.length, 20);
    assert.equal(calls, 3);
    for (const { recipients } of answer.notifications) assert.match(recipients[0]?.address ?? '', /@example\.com$/);
    t.diagnostic(`the first page of 20: ${calls} read calls, ${readUnits} read units`);
    // 1 KB of keys, and a unit for each of 20 rows, contents and outcomes.
    assert.ok(readUnits <= 62, `${readUnits} read units`);
  });

  it('shows a tenant none of another', async () => {
    const { answer } = await page({}, 'globex');
    assert.deepEqual(
      answer.notifications.map(({ notificationId }) => notificationId),
      ['order_other1_1-1'],
    );
    assert.deepEqual((await list({}, 'nobody')).notifications, []);
  });

  it('finds few among many at a bounded cost a page: a short page and a cursor', async (t) => {
    const seen: string[] = [];
    let [cursor, pages, most]: [string | undefined, number, number] = [undefined, 0, 0];
    do {
      const { answer, calls, readUnits } = await page({ recipient: RARE, ...(cursor && { cursor }) });
      assert.ok(calls <= 3);
      most = Math.max(most, readUnits);
      seen.push(...answer.notifications.map(({ notificationId }) => notificationId));
      cursor = answer.nextCursor;
      pages += 1;
    } while (cursor !== undefined);
    t.diagnostic(`4 of 10,000 by recipient: ${pages} pages, ${most} read units a page at most`);
    assert.deepEqual(
      seen,
      [7500, 5000, 2500, 0].map((number) => `order_old${number}_1-1`),
    );
    assert.ok(pages <= OLD / 100 + 1);
    assert.ok(most <= 110, `${most} read units`);
  });

  it('is walked to its end while 500 new ones arrive: each old one comes exactly once', async (t) => {
    const arriving = rows(NEW, 'new', OLD);
    const seen: string[] = [];
    let [cursor, pages, most]: [string | undefined, number, number] = [undefined, 0, 0];
    do {
      const { answer, calls, readUnits } = await page({ limit: '50', ...(cursor && { cursor }) });
      assert.ok(calls <= 3, `${calls} read calls`);
      most = Math.max(most, readUnits);
      seen.push(...answer.notifications.map(({ notificationId }) => notificationId));
      cursor = answer.nextCursor;
      pages += 1;
      const next = arriving.splice(0, 5);
      if (next.length > 0) await putLogged(table, next);
    } while (cursor !== undefined);
    t.diagnostic(`${pages} pages of 50: ${most} read units a page at most`);
    assert.equal(arriving.length, 0, 'all 500 came while it was walked');
    assert.ok(most <= 155, `${most} read units`);
    assert.equal(new Set(seen).size, seen.length, 'no message is on two pages');
    const old = new Set(seen.filter((id) => id.startsWith('order_old')));
    assert.equal(old.size, OLD);
  });
});
