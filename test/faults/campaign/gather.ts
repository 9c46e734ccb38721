import { createHash } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { shardsOf } from '#shared/adapters/aws/dynamodb/table.ts';
import { FALLBACK_DUE } from '#shared/fallback/due.ts';
import { ATTRIBUTE, INDEX } from '#shared/names.ts';
import { notificationIdOf } from '#shared/notification/notification-id.ts';
import { REDRIVE_DUE } from '#shared/redrive/redrive.ts';
import { REMINDER_DUE } from '#shared/reminder/due.ts';
import { type Answer, customerOf, inboxOf, type ShownNotification } from '#test/support/api.ts';
import type { Outputs } from '#test/support/deployment.ts';
import { WOKEN_KINDS } from '#test/support/due-kinds.ts';
import { eventually } from '#test/support/eventually.ts';
import { usersOf } from '#test/support/local.ts';
import { rowsOf, tableOf } from '#test/support/rows.ts';
import { greetingIdOf } from '#test/support/stage.ts';
import type { Arrived, Facts, Invoked, LeftOpen, ShownOrder } from './facts.ts';
import { type Row, tableFacts } from './facts-table.ts';
import type { ObservedMessage } from './observer.ts';
import { type Plan, REMINDER_AFTER_SECONDS } from './plan.ts';
import type { ClientsRecord } from './sending.ts';
import { BILLING } from './tenants.ts';

/** How long a campaign waits until nothing is due any more. The longest delay of a retry is five minutes. */
export const PATIENCE_MS = 900_000;

const KINDS = [...Object.values(WOKEN_KINDS), REDRIVE_DUE].map(({ name }) => name);
/** Kinds of rows that are due because something failed. Reminders and fallbacks only wait for their time. */
export const UNFINISHED_KINDS = KINDS.filter((name) => name !== REMINDER_DUE.name && name !== FALLBACK_DUE.name);

/**
 * Number of rows that become due while the campaign waits. The review of the statistics does not count: it is due once
 * a day, so the stage would never be idle.
 */
export async function dueRows(outputs: Outputs, kinds = KINDS): Promise<number> {
  const horizon = Date.now() + PATIENCE_MS;
  const { client, tableName: TableName } = tableOf(outputs);
  const shards = kinds.flatMap((name) => shardsOf({}, name));
  try {
    const counts = await Promise.all(
      shards.map(async (shard) => {
        const query = new QueryCommand({
          TableName,
          IndexName: INDEX.due,
          KeyConditionExpression: `${ATTRIBUTE.dueShard} = :shard AND ${ATTRIBUTE.dueAt} < :horizon`,
          ExpressionAttributeValues: { ':shard': { S: shard }, ':horizon': { N: String(horizon) } },
          Select: 'COUNT',
        });
        return (await client.send(query)).Count ?? 0;
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  } finally {
    client.destroy();
  }
}

/** Messages in the queues of the functions, waiting and in flight. `collect-dead-letters` empties the dead-letter queues. */
export async function waitingMessages(outputs: Outputs, depthOf: (url: string) => Promise<number>): Promise<number> {
  const urls = Object.values(outputs.queues).flatMap(({ url, dlqUrl }) => [url, dlqUrl]);
  const depths = await Promise.all(urls.map(depthOf));
  return depths.reduce((sum, depth) => sum + depth, 0);
}

/** What only those know who were there. */
export type Noticed = { observed: ObservedMessage[]; poison: Plan['poison']; invoked: Invoked[]; leftOpen: LeftOpen[] };

/** Gathers all facts from an idle stage. */
export async function gather(outputs: Outputs, record: ClientsRecord, noticed: Noticed): Promise<Facts> {
  const { client, tableName } = tableOf(outputs);
  const rows = (await rowsOf({ client, tableName })).map((item) => unmarshall(item) as Row);
  client.destroy();
  const inbox = inboxOf(outputs);
  const emails = (await inbox.emails()).map(({ id, at, to, tags, text, attachments }): Arrived => {
    const files = attachments.map(({ sha256 }) => sha256);
    return { providerMessageId: id, at, to, tags, body: text, files };
  });
  const isProbe = ({ tags }: Arrived): boolean => tags?.notification === 'probe';
  const texts = (await inbox.sms()).map(
    ({ id, at, to, body }): Arrived => ({ providerMessageId: id, at, to: [to], body, files: [] }),
  );
  const webhooks = (await inbox.webhooks()).map(({ at, path, headers, body }): Arrived => {
    const id = headers['webhook-id'] ?? '';
    const tenant = /(\w+)-billing$/.exec(path)?.[1] ?? '';
    return { providerMessageId: id, at, to: [BILLING], tags: { tenant, notification: id }, body, files: [] };
  });
  const objects = await objectsOf(outputs);
  return {
    ...record,
    ...noticed,
    ...tableFacts(rows, objects),
    poison: noticed.poison.map(({ subscriber, text, reason }) => ({ subscriber, id: hashOf(text), reason })),
    reminderAfterMs: REMINDER_AFTER_SECONDS * 1000,
    emails: emails.filter((email) => !isProbe(email)),
    probes: emails.filter(isProbe).length,
    texts,
    webhooks,
    shown: [...(await shownOrders(outputs, record)), ...(await shownMessages(outputs, record))],
    counted: await countedStatuses(outputs, record),
    queues: await queueDepths(outputs),
    listedDeadLetters: await listedDeadLetters(outputs),
  };
}

/** The id of a dead letter whose message has none. */
const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Keys of the objects in the bucket of attachments. A campaign's bucket has one page. */
async function objectsOf({ endpoints, attachmentsBucket }: Outputs): Promise<string[]> {
  const credentials = { accessKeyId: 'operator', secretAccessKey: 'operator' };
  const s3 = new S3Client({ endpoint: endpoints.s3, region: 'eu-central-1', credentials, forcePathStyle: true });
  const { Contents = [], IsTruncated } = await s3.send(new ListObjectsV2Command({ Bucket: attachmentsBucket }));
  s3.destroy();
  if (IsTruncated) throw new Error('The bucket has more than one page; read them all.');
  return Contents.map(({ Key = '' }) => Key);
}

const READERS = 8;

/** Each order as its own client sees it. */
function shownOrders(outputs: Outputs, { requests }: ClientsRecord): Promise<ShownOrder[]> {
  const placed = new Map(requests.filter(({ kind }) => kind === 'place').map((request) => [request.orderId, request]));
  return readEach([...placed.values()], async ({ tenant, orderId }) => {
    const { status, json } = await answered(outputs, tenant, `/orders/${orderId}`);
    const { version, lines = [], ...others } = json as Partial<ShownOrder> & { lines?: { sku: string }[] };
    const { notifications = [], approvalEmail } = others;
    return {
      tenant,
      orderId,
      status,
      ...(version !== undefined && { version }),
      skus: lines.map(({ sku }) => sku),
      ...(approvalEmail && { approvalEmail }),
      notifications,
    };
  });
}

/** Each direct notification and each greeting as its own client sees it. */
function shownMessages(outputs: Outputs, { requests }: ClientsRecord): Promise<ShownOrder[]> {
  const sent = requests.filter(
    ({ kind, channels }) => kind === 'message' || (kind === 'register' && channels.length > 0),
  );
  return readEach(sent, async ({ kind, tenant, orderId }) => {
    const id =
      kind === 'message' ? notificationIdOf({ tenant, type: 'message', id: orderId }, 1, 1) : greetingIdOf(orderId);
    const path = `/notifications/${id}`;
    const { status, json } = await answered(outputs, tenant, path);
    return { tenant, orderId, status, skus: [], notifications: [json as ShownNotification] };
  });
}

/** Repeats a read until it is answered, as clients do: a 5xx is not an answer. */
function answered(outputs: Outputs, tenant: string, path: string): Promise<Answer> {
  const customer = customerOf(outputs, (outputs.tokens as Record<string, string>)[tenant]);
  const read = async (): Promise<Answer | false> => {
    const answer = await customer.call('GET', path);
    return answer.status < 500 && answer;
  };
  return eventually(`an answer to GET ${path}`, read, 60_000);
}

async function readEach<Thing, Shown>(things: Thing[], read: (one: Thing) => Promise<Shown>): Promise<Shown[]> {
  const shown: Shown[] = [];
  const queue = things.values();
  const reader = async (): Promise<void> => {
    for (const one of queue) shown.push(await read(one));
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return shown;
}

async function countedStatuses(outputs: Outputs, { requests }: ClientsRecord): Promise<Facts['counted']> {
  const tenants = [...new Set(requests.map(({ tenant }) => tenant))].filter((tenant) => tenant !== '');
  const counting = tenants.map(async (tenant) => {
    const { json } = await answered(outputs, tenant, '/notifications/statistics');
    return { tenant, statuses: (json.total as { statuses: Record<string, number> }).statuses };
  });
  return Promise.all(counting);
}

/** The open dead letters, page by page, as operators see them. */
async function listedDeadLetters(outputs: Outputs): Promise<string[]> {
  const listed: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const { json } = await answered(outputs, 'operator', `/dead-letters${query}`);
    const page = json as { deadLetters: { deadLetterId: string }[]; nextCursor?: string };
    listed.push(...page.deadLetters.map(({ deadLetterId }) => deadLetterId));
    if (page.nextCursor === undefined) return listed;
    cursor = page.nextCursor;
  }
}

async function queueDepths(outputs: Outputs): Promise<Facts['queues']> {
  const { depthOf } = usersOf({ outputs });
  const depths = Object.entries(outputs.queues).flatMap(([name, { url, dlqUrl }]) => [
    { name, url },
    { name: `${name}, dead`, url: dlqUrl },
  ]);
  const counted = await Promise.all(depths.map(async ({ name, url }) => ({ name, depth: await depthOf(url) })));
  return counted.filter(({ depth }) => depth > 0);
}
