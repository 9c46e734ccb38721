import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { Account } from '#infra/account/clients.ts';
import { registerClient } from '#infra/account/machine-clients.ts';
import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { statisticsStore } from '#shared/adapters/aws/dynamodb/statistics.ts';
import { type DynamoStore, dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import { snsPublisher } from '#shared/adapters/aws/runtime/sns-publisher.ts';
import { memoryAttachments } from '#shared/adapters/memory/memory-attachments.ts';
import { memoryProvider } from '#shared/adapters/memory/memory-provider.ts';
import { commandRoutes } from '#shared/api/routes.ts';
import { ATTACHMENT, type Attachment } from '#shared/attachment/attachment.ts';
import { type AttachmentCommand, attachmentDecider } from '#shared/attachment/decider.ts';
import { attachmentKey } from '#shared/attachment/use.ts';
import { CIRCUIT } from '#shared/delivery/circuit.ts';
import { circuitBreaker } from '#shared/delivery/circuit-breaker.ts';
import { handleRequest } from '#shared/delivery/handle-request.ts';
import type { OutgoingMessage, ProviderAnswer } from '#shared/delivery/provider.ts';
import { type ErasureCommand, erasureDecider } from '#shared/erasure/decider.ts';
import { ERASURE, type Erasure, progressed, walkEnded } from '#shared/erasure/erasure.ts';
import { recordAcceptance } from '#shared/feedback/acceptance.ts';
import { serveRoutes } from '#shared/http/route.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import { type Channel, NOTIFICATION_REQUESTED, SORT_KEY } from '#shared/names.ts';
import type { Rendered } from '#shared/notification/content.ts';
import { type NotificationCommand, notificationDecider } from '#shared/notification/decider.ts';
import { ANNOUNCED_OUTCOMES, type Notification } from '#shared/notification/notification.ts';
import { type NotificationKey, notificationKeyOf } from '#shared/notification/notification-id.ts';
import { NO_NOTIFICATIONS } from '#shared/notification/request.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import { OUTBOX_DUE } from '#shared/once/due.ts';
import { executeOnce } from '#shared/once/execute.ts';
import type { OutboxRecord } from '#shared/once/ports.ts';
import { publishOutbox } from '#shared/once/publish.ts';
import { orderDecider } from '#shared/order/decider.ts';
import type { Order } from '#shared/order/order.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { FEED } from '#shared/settlement/feed.ts';
import { feedKeeper } from '#shared/settlement/feed-keeper.ts';
import type { OnUnknown } from '#shared/settlement/settle.ts';
import { notificationWaker } from '#shared/settlement/wake-notification.ts';
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
import { bodyOf, httpEvent, TENANT_CLAIM } from '#test/support/http-event.ts';
import { closedCircuit, countedRandomness, manualClock, memoryLog } from '#test/support/ports.ts';
import { RENDERERS } from '#test/support/renderers.ts';
import type { ShapeName } from '#test/support/shapes.ts';
import type { TestTable } from '#test/support/table.ts';

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

const TENANT = 'acme';
const [FIRST_CLAIM_MS, LEASE_MS, DEADLINE_MS] = [300_000, 45_000, 1_200_000];

const CONTACT = { name: 'Ada Lovelace', email: 'ada@example.com', phone: '+4366012345678', locale: 'de-AT' };
const LINE = { sku: 'TEA-1', description: 'Green tea', quantity: 2, unitPrice: 1250 };
/** With every field that an order can have. */
const FULL_ORDER = { contact: CONTACT, customerId: 'customer-1', currency: 'EUR', lines: [LINE] };
const byEmail = { contact: { name: 'Ada', email: 'ada@example.com' }, currency: 'EUR', lines: [] };

/**
 * Every kind of row and message, made by the code that makes them in production, with a clock that stands
 * still and counted nonces, and written by the real store.
 */
export async function recordExamples(table: TestTable): Promise<Examples> {
  // Each begins with its own clock and nonces, so that a change of one changes no other.
  const stage = () => startStage(table);
  const { publications, outbox } = await outboxRows(stage());
  const rows: Examples['rows'] = {
    order: await orders(stage()),
    message: await messages(stage()),
    erasure: await erasures(stage()),
    suppressionrequest: await suppressionRequests(stage()),
    notification: await notifications(stage),
    content: await contents(stage()),
    attachment: await attachments(stage()),
    feed: await feeds(stage()),
    circuit: await circuits(stage()),
    outbox,
    outcomes: await outcomes(stage()),
    ...(await statistics(table)),
    statisticsreview: await statisticsReviews(stage()),
    suppression: await suppressions(stage()),
    'dead-letter': await deadLetters(stage()),
    client: await clients(table),
  };
  const everything = await stage().everything();
  return { rows, messages: messagesIn(everything), publications, everything };
}

type Stage = ReturnType<typeof startStage>;

/** The functions' own parts over one table. */
function startStage({ client, tableName }: TestTable) {
  const store: DynamoStore = dynamoStore({ client, tableName });
  const clock = manualClock();
  const [random, log] = [countedRandomness(), memoryLog()];
  const settings = { outboxGraceMs: 60_000, budgetMs: 1000 };
  const executor = { store, clock, timer: clock, random, settings };
  const objects = memoryAttachments();
  const attachments = {
    states: store.statesOf(ATTACHMENT),
    objects,
    uploads: objects,
    clock,
    uploadMs: 900_000,
    usableMs: 86_400_000,
  };
  const ports = { ...executor, log, secret: async () => 'key', notifications: { firstClaimMs: FIRST_CLAIM_MS } };
  const apiSettings = { tenantClaim: TENANT_CLAIM };
  const api = serveRoutes(commandRoutes(), { ...ports, suppressions: store, attachments }, apiSettings);
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
  const sender = (channel: Channel, send = provider.send) => ({
    ...executor,
    notifications: store,
    provider: { send },
    pace: { turn: async () => true },
    circuit: closedCircuit,
    log,
    sender: {
      channel,
      render: RENDERERS[channel],
      subscriber: `send-${channel}`,
      leaseMs: LEASE_MS,
      providerTimeoutMs: 10_000,
      unknownDeadlineMs: DEADLINE_MS,
    },
  });
  const itemAt = async (pk: string, sk: string): Promise<Item> => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: tableName, Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true }),
    );
    if (!Item) throw new Error(`There is no row ${pk} ${sk}.`);
    return Item;
  };
  const everything = async (): Promise<Item[]> =>
    (await client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }))).Items ?? [];
  return { store, clock, log, executor, ask, post, provider, sender, itemAt, everything };
}

const partitionOf = (orderId: string): string => `${TENANT}#order#${orderId}`;

async function orders({
  executor,
  post,
  itemAt,
}: Stage): Promise<Record<string, Item> & Record<Order['status'], Item>> {
  const stateOf = (orderId: string) => itemAt(partitionOf(orderId), SORT_KEY.state);
  const placed = await stateOf(await post('order in full', FULL_ORDER));
  const smallest = await stateOf(await post('smallest order', byEmail));
  const grown = await post('order that grows', byEmail);
  await post('adding to it', LINE, grown);
  const withItem = await stateOf(grown);
  const commandId = messageCommandId('erase', `order_${grown}`);
  await executeOnce(
    {
      decider: orderDecider,
      key: { tenant: TENANT, type: 'order', id: grown },
      commandId,
      fingerprint: commandId,
      command: { type: 'EraseContact' },
      terms: NO_NOTIFICATIONS,
      metadata: { correlationId: 'correlation', causationId: 'cause' },
    },
    executor,
  );
  return { placed, smallest, 'with an item added': withItem, 'without its contact': await stateOf(grown) };
}

async function messages({ ask, itemAt }: Stage): Promise<Record<string, Item>> {
  const rowOf = async (what: string, body: object): Promise<Item> => {
    const { notificationId } = await ask<{ notificationId: string }>('POST /notifications', what, body);
    return itemAt(`${TENANT}#message#${notificationId.split('_')[1]}`, SORT_KEY.state);
  };
  const email = {
    channel: 'email',
    to: ['ada@example.com'],
    subject: 'Hello',
    text: 'Hello.\n',
    html: '<p>Hello.</p>',
  };
  return {
    'e-mail': await rowOf('message by e-mail', email),
    'for later': await rowOf('message for later', { ...email, sendAt: '2026-01-02T09:00:00+01:00' }),
    'text messages': await rowOf('message to two numbers', {
      channel: 'sms',
      to: ['+4366012345678', '+4366012345679'],
      text: 'Hello.',
    }),
  };
}

async function suppressionRequests({ ask, clock, itemAt }: Stage): Promise<Record<string, Item>> {
  const body = { channel: 'email', address: 'unwilling@example.com' };
  const recipient = recipientKey('key')(TENANT, 'email', body.address);
  const rowAfter = async (key: string): Promise<Item> => {
    await ask('POST /suppressions', key, body);
    clock.advance(1000);
    return itemAt(`${TENANT}#suppressionrequest#${recipient}`, SORT_KEY.state);
  };
  return { asked: await rowAfter('suppress once'), 'asked again': await rowAfter('suppress again') };
}

const NO_PROGRESS = { erased: 0, named: [], visited: [] };

async function erasures({ clock, executor, store, itemAt }: Stage): Promise<Record<ErasureExample, Item>> {
  const key = { tenant: TENANT, type: 'erasure', id: 'aaaaaaaaaaaaaaaaaaaaaaaaaa' };
  const row = (): Promise<Item> => itemAt(`${TENANT}#erasure#${key.id}`, SORT_KEY.state);
  const states = store.statesOf(ERASURE);
  let commands = 0;
  const after = async (command: ErasureCommand): Promise<Item> => {
    commands += 1;
    const commandId = messageCommandId('example', `erasure-${commands}`);
    const metadata = { correlationId: 'correlation', causationId: 'cause' };
    await executeOnce({ decider: erasureDecider, key, commandId, fingerprint: commandId, command, metadata }, executor);
    return row();
  };
  const written = async (next: (erasure: Erasure) => Erasure): Promise<Item> => {
    const stored = await states.read(key);
    if (!stored) throw new Error('The erasure was not started.');
    const state = next(stored.state);
    const due = erasureDecider.due(state);
    const { schemaVersion, version } = stored;
    await states.replace(key, version, { schemaVersion, version: version + 1, state, ...(due && { due }) });
    return row();
  };
  const ended = (erasure: Erasure): Erasure => walkEnded(erasure, clock.now());
  const start = { type: 'StartErasure', scope: { customerId: 'customer-1' }, correlationId: 'correlation' } as const;
  const unreadable = { notificationId: 'order_o2_1-1', code: 'NEWER_VERSION' };
  const position = '2026-01-01T00:00:00.000Z#order_o1_1-1';
  await after(start);
  // Of the release before walks had numbers.
  const { walk: _walk, ...first } = { ...((await states.read(key))?.state as Erasure) };
  const [dueAt, doneAt] = [clock.now(), new Date(clock.now()).toISOString()];
  const oldRunning = await written(() => ({ ...first, status: 'RUNNING', after: position, erased: 3, dueAt }));
  const { dueAt: _dueAt, ...old } = first;
  const oldDone = await written(() => ({ ...old, status: 'DONE', erased: 4, doneAt }));
  await after(start);
  const walking = await written((erasure) =>
    progressed(erasure, { ...NO_PROGRESS, after: position, erased: 3, named: [unreadable] }),
  );
  await written(ended);
  clock.advance(1000);
  const extended = await after(start);
  await written(ended);
  await written(ended);
  const incomplete = await written(ended);
  const named = await after({ type: 'NameNotification', notificationId: 'order_o3_1-1' });
  const visited = ['order_o2_1-1', 'order_o3_1-1'];
  const done = await written((erasure) => ended(progressed(erasure, { ...NO_PROGRESS, visited })));
  return {
    RUNNING: oldRunning,
    DONE: oldDone,
    walking,
    'asked again': extended,
    incomplete,
    'with a named one': named,
    'done, looks again': done,
  };
}

type ErasureExample =
  | Erasure['status']
  | 'walking'
  | 'asked again'
  | 'incomplete'
  | 'with a named one'
  | 'done, looks again';

/** One notification of its own, and what can happen to it. */
async function aNotification(stage: Stage, key: string) {
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
    await handleRequest(request ?? '', () => 30_000, sender('email', call));
  };
  const wake = (verdict: OnUnknown = 'hold') => wakeOnce(stage, address, verdict);
  const evidence = (attempt: number) => recordEvidence(stage, address, attempt);
  const command = async (what: NotificationCommand, part = ''): Promise<void> => {
    const metadata = { correlationId: 'correlation', causationId: 'cause' };
    const commandId = messageCommandId('example', `${notificationId}#${what.type}${part}`);
    const fingerprint = commandId;
    await executeOnce(
      { decider: notificationDecider, key: address, commandId, fingerprint, command: what, metadata },
      stage.executor,
    );
  };
  return { row, send, wake, evidence, command, orderId };
}

/** `wake-due` at the moment when the notification is due, over a feed that has told everything. */
async function wakeOnce(
  { store, clock, log, executor }: Stage,
  address: NotificationKey,
  verdict: OnUnknown,
): Promise<void> {
  const keeper = {
    ...feedKeeper(store.statesOf(FEED), 'email'),
    read: async () => ({ watermark: Number.MAX_SAFE_INTEGER }),
  };
  const wake = notificationWaker({
    ...executor,
    notifications: store,
    firstClaimMs: FIRST_CLAIM_MS,
    publisher: { publishBatch: async () => [] },
    due: store,
    log,
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
  { store, clock, executor }: Stage,
  address: NotificationKey,
  attempt: number,
): Promise<void> {
  const stored = await store.read(address);
  const { nonce = '' } = (stored?.state as Notification | undefined)?.attempts[attempt] ?? {};
  const acceptance = { providerMessageId: `ses-${nonce}`, acceptedAt: new Date(clock.now()).toISOString() };
  await recordAcceptance(
    { ...acceptance, tenant: TENANT, notificationId: address.notificationId, attemptNonce: nonce },
    {
      ...executor,
      notifications: store,
      feed: { read: async () => ({}), advance: async () => undefined, reserveProbe: async () => false },
      feedStepMs: 0,
      subscriber: 'record-feedback',
    },
  );
}

const UNKNOWN: ProviderAnswer = { kind: 'unknown', reason: 'TIMEOUT' };

async function notifications(
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
    CANCELLED: await after('cancelled', ({ command }) =>
      command({ type: 'Resolve', action: 'cancel', by: 'operator', reason: 'Asked for by mistake', dueAt: 0 }),
    ),
    'SENT, with every outcome': await after('outcomes', async ({ send, command }) => {
      await send();
      for (const outcome of ANNOUNCED_OUTCOMES) await command({ type: 'RecordOutcome', outcome }, outcome);
    }),
  };
}

async function contents({ store, post, itemAt, sender }: Stage): Promise<Record<string, Item>> {
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

async function attachments({
  clock,
  executor,
  itemAt,
}: Stage): Promise<Record<Attachment['status'], Item> & Record<string, Item>> {
  const key = attachmentKey(TENANT, 'aaaaaaaaaaaaaaaaaaaaaaaaaa');
  const file = { name: 'invoice.pdf', contentType: 'application/pdf', size: 1024, sha256: 'ab'.repeat(32) };
  let commands = 0;
  const after = async (command: AttachmentCommand): Promise<Item> => {
    commands += 1;
    const commandId = messageCommandId('example', `attachment-${commands}`);
    const metadata = { correlationId: 'correlation', causationId: 'cause' };
    const request = { decider: attachmentDecider, key, commandId, fingerprint: commandId, command, metadata };
    await executeOnce(request, executor);
    clock.advance(1000);
    return itemAt(`${TENANT}#attachment#${key.id}`, SORT_KEY.state);
  };
  const [one, another] = ['order_o1_1-1', 'order_o2_1-1'];
  return {
    EXPECTED: await after({ type: 'Declare', file, correlationId: 'correlation', usableMs: 86_400_000 }),
    IN_USE: await after({ type: 'AddUser', notificationId: one }),
    'IN_USE, by two': await after({ type: 'AddUser', notificationId: another }),
    'IN_USE, by one again': await after({ type: 'RemoveUser', notificationId: one }),
    DELETING: await after({ type: 'RemoveUser', notificationId: another }),
    DELETED: await after({ type: 'RecordDeletion' }),
  };
}

async function statisticsReviews({ store, clock, itemAt }: Stage): Promise<Record<string, Item>> {
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

async function feeds({ store, clock, itemAt }: Stage): Promise<Record<string, Item>> {
  const keeper = feedKeeper(store.statesOf(FEED), 'email');
  const row = () => itemAt('#feed#email', SORT_KEY.state);
  await keeper.advance(clock.now(), 0);
  const moved = await row();
  await keeper.reserveProbe(clock.now(), clock.now());
  return { moved, probed: await row() };
}

async function circuits({ store, clock, executor: { random }, log, itemAt }: Stage): Promise<Record<string, Item>> {
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

/** Every outbox record of an order, as they are due. */
async function recordsOf(store: DynamoStore, orderId: string): Promise<OutboxRecord[]> {
  const due = await store.due(OUTBOX_DUE, Number.MAX_SAFE_INTEGER, 1000);
  const own = due.filter(({ subject }) => subject.id === orderId);
  const records = await Promise.all(own.map(({ subject, commandId }) => store.readOutbox(subject, commandId)));
  return records.filter((record) => record !== undefined);
}

async function outboxRows(stage: Stage): Promise<{ outbox: Record<string, Item>; publications: unknown[] }> {
  const { store, clock, log, post, everything, itemAt } = stage;
  const orderId = await post('order in the outbox', FULL_ORDER);
  const [record] = await recordsOf(store, orderId);
  if (!record) throw new Error('The order left no outbox row.');
  const { subject, commandId } = record;
  const row = () => itemAt(partitionOf(orderId), `${SORT_KEY.outbox}${commandId}`);
  const committed = await row();
  await store.postpone(subject, commandId, clock.now() + 5000, 1);
  const postponed = await row();
  const publications: unknown[] = [];
  const client = { send: async ({ input }: { input: unknown }) => publications.push(input) && {} };
  const publisher = snsPublisher({
    topicArn: 'arn:aws:sns:eu-central-1:123456789012:topic',
    // Of the client, the publisher uses `send` alone.
    client: client as unknown as SNSClient,
  });
  await publishOutbox([record], { publisher, outbox: store, clock, log });
  const published = await row();

  const buriedId = await post('order that is buried', byEmail);
  const [buried] = await recordsOf(store, buriedId);
  await store.bury({ ...subject, id: buriedId }, buried?.commandId ?? '', new Date(clock.now()).toISOString());

  await post('adding too much', { ...LINE, quantity: 1_000_000, unitPrice: Number.MAX_SAFE_INTEGER }, orderId);
  const sent = await aNotification(stage, 'sent from the outbox');
  await sent.send();
  const rows = (await everything()).filter(({ type }) => type?.S === 'outbox');
  const only = (what: string, is: (item: Item) => boolean): Item => {
    const found = rows.filter(is);
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} rows are ${what}.`);
    return found[0];
  };
  const isAbout = (id: string) => (item: Item) => item.pk?.S === partitionOf(id);
  return {
    publications,
    outbox: {
      committed,
      postponed,
      published,
      buried: only('buried', isAbout(buriedId)),
      'a refusal': only('refusals', (item) => item.outcome?.M?.accepted?.BOOL === false),
      'of a sender': only(
        'of a sender',
        (item) => isAbout(sent.orderId)(item) && item.sk?.S?.startsWith('OUTBOX#msg#') === true,
      ),
    },
  };
}

async function outcomes({ store, clock, itemAt }: Stage): Promise<Record<string, Item>> {
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

/** Of a minute that is counted, and one that is to be counted while its count is under way. */
async function statistics(
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

async function suppressions({ store, clock, itemAt }: Stage): Promise<Record<string, Item>> {
  const row = (recipient: string) => itemAt(`${TENANT}#suppression`, recipient);
  const since = new Date(clock.now()).toISOString();
  const suppression = { channel: 'email', reason: 'BOUNCE', origin: 'order_o1_1-1', since } as const;
  await store.suppress(TENANT, { ...suppression, recipient: 'recipient-1' });
  await store.suppress(TENANT, { ...suppression, recipient: 'recipient-2' });
  await store.liftSuppression(TENANT, 'recipient-2', clock.now() + 1000);
  return { 'in force': await row('recipient-1'), lifted: await row('recipient-2') };
}

async function deadLetters({ store, clock, itemAt }: Stage): Promise<Record<string, Item>> {
  const letter = { subscriber: 'send-email', id: 'envelope-1', reason: 'MALFORMED', detail: 'What is wrong.' };
  await store.recordDeadLetter({ ...letter, message: '{"id":"envelope-1"}' }, clock.now());
  await store.recordDeadLetter({ ...letter, subscriber: 'record-feedback', id: 'hash' }, clock.now());
  await store.recordDeadLetter({ ...letter, subscriber: 'record-feedback', id: 'hash' }, clock.now() + 1000);
  return {
    'with its message': await itemAt('deadletter#send-email', 'envelope-1'),
    'without it, seen twice': await itemAt('deadletter#record-feedback', 'hash'),
  };
}

/** As `npm run tenants` writes them. */
async function clients({ client, tableName }: TestTable): Promise<Record<string, Item>> {
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

/** One of each type; from the order with every field, where there are several. */
function messagesIn(everything: readonly Item[]): Map<string, Envelope> {
  const texts = everything.flatMap(({ messages }) => messages?.L?.map(({ S = '' }) => S) ?? []);
  const envelopes = texts
    .map((text) => JSON.parse(text) as Envelope)
    .sort((one, other) => one.id.localeCompare(other.id));
  const messages = new Map<string, Envelope>();
  for (const envelope of envelopes) {
    const known = messages.get(envelope.type);
    if (!known || JSON.stringify(envelope).length > JSON.stringify(known).length) messages.set(envelope.type, envelope);
  }
  return messages;
}
