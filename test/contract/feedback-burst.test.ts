import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/runtime/system.ts';
import {
  type DeliveryEvent,
  type RecipientFeedbackPorts,
  recordDeliveryEvent,
} from '#shared/feedback/recipient-feedback.ts';
import type { Notification, NotificationProgress } from '#shared/notification/notification.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { startTable, type TestTable } from '#test/support/table.ts';

const RECIPIENTS = 50;
const at = '2026-01-01T00:00:01.000Z';
const keyOf = recipientKey('secret');
const addressOf = (position: number): string => `recipient-${position}@example.com`;

let table: TestTable;
before(async () => {
  table = await startTable();
});
after(() => table.stop());

type Cost = { calls: number; units: number };

/** Counts every call to the table with the units that the engine bills for it. */
function counted({ client, tableName }: TestTable) {
  const costs: Record<string, Cost> = {};
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        Object.assign(args.input as object, { ReturnConsumedCapacity: 'TOTAL' });
        const name = commandName.replace(/Command$/, '');
        const cost = costs[name] ?? { calls: 0, units: 0 };
        costs[name] = cost;
        cost.calls += 1;
        const { output } = (await next(args)) as { output: { ConsumedCapacity?: unknown } };
        const consumed = [output.ConsumedCapacity ?? []].flat() as { CapacityUnits?: number }[];
        for (const { CapacityUnits = 0 } of consumed) cost.units += CapacityUnits;
        return { output } as never;
      },
    { step: 'initialize', name: 'count', override: true },
  );
  return { store: dynamoStore({ client, tableName }), costs };
}

/** All events of a message to fifty at once, as many environments as SQS has batches. */
async function burst(name: string, attempt: Notification['attempts'][number], status: NotificationProgress) {
  const { store, costs } = counted(table);
  const notificationId = `order_${name}_1-1`;
  const key = notificationKeyOf({ tenant: 'acme', type: 'order', id: name }, notificationId);
  const recipients = Array.from({ length: RECIPIENTS }, (_, position) => keyOf('acme', 'email', addressOf(position)));
  const about = { channel: 'email', purpose: 'direct', createdAt: at, correlationId: 'c', recipients } as const;
  const state: Notification = { ...about, attempts: [attempt], ...status };
  await store.replace(key, 0, { schemaVersion: 1, version: 1, state });
  const ports: RecipientFeedbackPorts = {
    store,
    notifications: store,
    outcomes: store,
    suppressions: store,
    clock: systemClock,
    timer: systemTimer,
    random: systemRandomness,
    recipientKey: async () => keyOf,
    subscriber: 'record-feedback',
    settings: { outboxGraceMs: 60_000, budgetMs: 10_000 },
  };
  for (const operation of Object.keys(costs)) delete costs[operation];
  const acceptance = { providerMessageId: 'm1', acceptedAt: at, tenant: 'acme', notificationId, attemptNonce: 'n1' };
  await Promise.all(
    recipients.map((_, position) => {
      const deliveryEvent: DeliveryEvent = { kind: 'DELIVERED', at, affected: { addresses: [addressOf(position)] } };
      return recordDeliveryEvent({ channel: 'email', acceptance, deliveryEvent }, deliveryEvent, ports);
    }),
  );
  const burstCosts = structuredClone(costs);
  const shown = Object.entries(burstCosts).map(
    ([operation, { calls, units }]) => `${operation} ${calls} calls, ${units} units`,
  );
  process.stdout.write(`${name}: ${shown.sort().join('; ')}\n`);
  const ended = ((await store.read(key)) ?? assert.fail()).state;
  return { costs: burstCosts, outcomes: await store.readOutcomes(key), ended };
}

describe('fifty recipients’ events at once', () => {
  it('are a read and a write each, and one transaction that records that all recipients have it', async () => {
    const accepted = {
      nonce: 'n1',
      claimedAt: at,
      outcome: 'accepted',
      providerMessageId: 'm1',
      settledAt: at,
    } as const;
    const { costs, outcomes, ended } = await burst('known', accepted, { status: 'SENT', sentAt: at });
    assert.equal(outcomes.length, RECIPIENTS);
    assert.deepEqual(ended.outcomes, ['delivered']);
    const { GetItem, UpdateItem, TransactWriteItems, ...others } = costs;
    assert.deepEqual([GetItem?.calls, UpdateItem?.calls, TransactWriteItems?.calls], [RECIPIENTS, RECIPIENTS, 1]);
    assert.deepEqual(others, {}, 'no conflict, so nothing is read again');
    assert.ok((UpdateItem?.units ?? 0) <= 4 * RECIPIENTS, `${UpdateItem?.units} units`);
  });

  it('before the acceptance is recorded: the first event records it, in one transaction', async () => {
    const unknown = { nonce: 'n1', claimedAt: at, outcome: 'unknown', settledAt: at } as const;
    const status = { status: 'UNKNOWN', reason: 'TIMEOUT', since: at, deadline: 1 } as const;
    const { outcomes, ended } = await burst('unknown', unknown, status);
    assert.equal(outcomes.length, RECIPIENTS);
    assert.deepEqual([ended.status, ended.outcomes], ['SENT', ['delivered']]);
  });
});
