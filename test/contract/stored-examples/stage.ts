import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { customerStore } from '#shared/adapters/aws/dynamodb/customers.ts';
import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { messageLogStore } from '#shared/adapters/aws/dynamodb/message-log.ts';
import { type DynamoStore, dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import type { Provider } from '#shared/delivery/provider.ts';
import type { Channel } from '#shared/names.ts';
import { OUTBOX_DUE } from '#shared/once/due.ts';
import type { OutboxRecord } from '#shared/once/ports.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { memoryAttachments } from '#test/support/memory/memory-attachments.ts';
import { memoryProvider } from '#test/support/memory/memory-provider.ts';
import { countedRandomness, manualClock, memoryLog } from '#test/support/ports.ts';
import type { TestTable } from '#test/support/table.ts';
import { commandPorts, commandsWith } from '#test/support/world/api.ts';
import { type FunctionPorts, senderPorts } from '#test/support/world/functions.ts';

/** What the examples are made of. */
export const TENANT = 'acme';
export const [FIRST_CLAIM_MS, LEASE_MS, DEADLINE_MS] = [300_000, 45_000, 1_200_000];

export const CONTACT = { name: 'Ada Lovelace', email: 'ada@example.com', phone: '+4366012345678', locale: 'de-AT' };
export const LINE = { sku: 'TEA-1', description: 'Green tea', quantity: 2, unitPrice: 1250 };
/** With every field that an order can have. */
export const FULL_ORDER = { contact: CONTACT, customerId: 'customer-1', currency: 'EUR', lines: [LINE] };
export const byEmail = { contact: { name: 'Ada', email: 'ada@example.com' }, currency: 'EUR', lines: [] };

export type Stage = ReturnType<typeof startStage>;

/** The functions' own parts over one table. */
export function startStage({ client, tableName }: TestTable) {
  const store = { ...dynamoStore({ client, tableName }), ...messageLogStore({ client, tableName }) };
  const clock = manualClock();
  const ports: FunctionPorts = {
    store,
    clock,
    timer: clock,
    random: countedRandomness(),
    log: memoryLog(),
    settings: { outboxGraceMs: 60_000, budgetMs: 1000 },
  };
  const objects = memoryAttachments();
  const parts = { objects, secret: async () => 'key', firstClaimMs: FIRST_CLAIM_MS };
  const api = commandsWith(commandPorts(ports, { ...parts, customers: customerStore({ client, tableName }) }));
  const ask = async <Answer>(
    routeKey: string,
    key: string,
    body: unknown,
    pathParameters: Record<string, string> = {},
  ): Promise<Answer> => {
    const headers = {
      'content-type': 'application/json',
      'idempotency-key': key,
      'x-correlation-id': `correlation of ${key}`.replaceAll(' ', '-'),
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    };
    const answer = await api(
      httpEvent({ routeKey, tenant: TENANT, headers, pathParameters, body: JSON.stringify(body) }),
    );
    return bodyOf<Answer>(answer);
  };
  const post = async (key: string, body: unknown, orderId?: string): Promise<string> => {
    const asked =
      orderId === undefined
        ? ask<{ orderId: string }>('POST /orders', key, body)
        : ask<{ orderId: string }>('POST /orders/{orderId}/items', key, body, { orderId });
    return (await asked).orderId;
  };

  const provider = memoryProvider();
  const times = { leaseMs: LEASE_MS, providerTimeoutMs: 10_000, unknownDeadlineMs: DEADLINE_MS };
  const sender = (channel: Channel, from: Provider = provider) =>
    senderPorts(ports, { channel, provider: from, times });
  const itemAt = async (pk: string, sk: string): Promise<Item> => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: tableName, Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true }),
    );
    if (!Item) throw new Error(`There is no row ${pk} ${sk}.`);
    return Item;
  };
  const everything = async (): Promise<Item[]> =>
    (await client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }))).Items ?? [];
  return { store, clock, ports, ask, post, provider, sender, itemAt, everything };
}

export const partitionOf = (orderId: string): string => `${TENANT}#order#${orderId}`;

/** Every outbox record of an order, as they are due. */
export async function recordsOf(store: DynamoStore, orderId: string): Promise<OutboxRecord[]> {
  const due = await store.due(OUTBOX_DUE, Number.MAX_SAFE_INTEGER, 1000);
  const own = due.filter(({ subject }) => subject.id === orderId);
  const records = await Promise.all(own.map(({ subject, commandId }) => store.readOutbox(subject, commandId)));
  return records.filter((record) => record !== undefined);
}
