import { createHash } from 'node:crypto';
import { customerIdFor } from '#shared/customer/customer-id.ts';
import { derivedId } from '#shared/http/derived-id.ts';
import type { Channel } from '#shared/names.ts';
import { orderIdFor } from '#shared/order/order-id.ts';
import type { PlannedLook, PlannedMessage, PlannedOrder, PlannedReplay, Step } from './plan.ts';
import { BOUNCED, REFUSED } from './plan-faults.ts';

/** One command that a client sends under one key until it is answered. */
export type PlannedRequest = {
  kind:
    | 'register'
    | 'place'
    | 'item'
    | 'too-much'
    | 'step'
    | 'message'
    | 'cancel'
    | 'declare'
    | 'settings'
    | 'replay'
    | 'stop-replay'
    | 'discard'
    | 'own'
    | 'plan-redrive'
    | 'start-redrive'
    | 'pause-redrive'
    | 'resume-redrive'
    | 'stop-redrive'
    | 'pause-subscriber'
    | 'resume-subscriber';
  /** Empty: it is about the stage, and an operator sends it. */
  tenant: string;
  /** Absent: POST. */
  method?: 'POST' | 'PUT' | 'PATCH';
  /** Id of its subject: an order, a customer, a direct notification, an attachment, the settings, the replays, the redrives, the audit or the stage. */
  orderId: string;
  /** Idempotency-Key, and correlation id: the logs can be searched for it. */
  key: string;
  path: string;
  body: Record<string, unknown>;
  /** Channels of the notifications that an order or a message requests. */
  channels: Channel[];
  /** Of an order: its recipients are refused by the providers. */
  refused: boolean;
  /** Of an order: its e-mails are accepted and bounce. */
  bounced?: true;
  /** Of a message: what has to arrive. */
  message?: ExpectedMessage;
};

/** What the provider has to receive of a direct notification. */
export type ExpectedMessage = {
  text: string;
  /** Checksum of its file (SHA-256, hexadecimal). */
  sha256?: string;
  /** Epoch milliseconds before which it must not be sent. */
  sendAt?: number;
  bounced: boolean;
};

function contactOf({ number, channels, refused, bounced }: PlannedOrder, run: string) {
  const digits = String(number).padStart(6, '0');
  const reached = bounced ? BOUNCED : '@example.com';
  return {
    name: `Customer ${number}`,
    ...(channels.includes('email') && { email: `c${number}.${run}${refused ? REFUSED.email : reached}` }),
    ...(channels.includes('sms') && { phone: `+43${digits}${refused ? REFUSED.sms : '1111'}` }),
  };
}

export function registering(order: PlannedOrder, run: string): PlannedRequest {
  const { number, tenant, refused } = order;
  const key = `campaign-${run}-${number}-CUSTOMER`;
  const about = { tenant, orderId: customerIdFor(tenant, key), key, path: '/customers' };
  // The client places its first order afterwards, so a customer with a phone number is greeted.
  const channels = order.channels.filter((channel) => channel === 'sms');
  return { kind: 'register', ...about, body: contactOf(order, run), channels, refused };
}

export function placing(order: PlannedOrder, run: string, customer?: PlannedRequest): PlannedRequest {
  const { number, tenant, channels, refused, bounced } = order;
  const key = `campaign-${run}-${number}`;
  const recipient = customer ? { customerId: customer.orderId } : { contact: contactOf(order, run) };
  const lines = [{ sku: 'FIRST-1', description: 'Green tea', quantity: 2, unitPrice: 1250 }];
  const orderId = orderIdFor(tenant, key);
  const body = { ...recipient, currency: 'EUR', lines };
  const about = { tenant, orderId, key, path: '/orders' };
  return { kind: 'place', ...about, body, channels, refused, ...(bounced && { bounced }) };
}

/** The same key with other lines: one of the two requests creates the order, and the other one is a conflict. */
export function withAnotherBody(first: PlannedRequest): PlannedRequest {
  const lines = [{ sku: 'OTHER-1', description: 'Black tea', quantity: 1, unitPrice: 990 }];
  return { ...first, body: { ...first.body, lines } };
}

export function addingItem(placed: PlannedRequest, sku: string): PlannedRequest {
  return {
    ...placed,
    kind: 'item',
    key: `${placed.key}-${sku}`,
    path: `/orders/${placed.orderId}/items`,
    body: { sku, description: 'Biscuits', quantity: 1, unitPrice: 350 },
    channels: [],
  };
}

/** A cancellation requests an e-mail, and so does an approval. A confirmation requests an invoice. */
export function stepping(placed: PlannedRequest, step: Step): PlannedRequest {
  return {
    ...placed,
    kind: 'step',
    key: `${placed.key}-${step}`,
    path: `/orders/${placed.orderId}/${step}`,
    body: step === 'cancel' ? { reason: 'The customer has ordered twice.' } : {},
    channels: step === 'confirm' ? ['webhook'] : placed.channels.filter((channel) => channel === 'email'),
  };
}

/** The total exceeds the largest exact number. The order rejects it, and the key keeps this answer. */
export function tooMuch(placed: PlannedRequest, quantity: number): PlannedRequest {
  const body = { sku: 'GEM-1', description: 'Gem', quantity, unitPrice: Number.MAX_SAFE_INTEGER };
  return { ...addingItem(placed, 'GEM-1'), kind: 'too-much', body };
}

/** The request contains what the provider has to receive, so the judge can compare the inbox with it. */
export function sending(
  { number, tenant }: PlannedOrder,
  planned: PlannedMessage,
  run: string,
  file?: PlannedRequest,
): PlannedRequest {
  const { channel, people, aheadMs, bounced } = planned;
  const key = `campaign-${run}-${number}-MESSAGE`;
  const messageId = derivedId('message', tenant, key);
  const text = `Message ${messageId} in its client’s own words`;
  const sendAt = aheadMs > 0 ? Date.now() + aheadMs : undefined;
  const domain = bounced ? BOUNCED : '@example.com';
  const to =
    channel === 'sms'
      ? [`+43${String(number).padStart(6, '0')}2222`]
      : Array.from({ length: people }, (_, person) => `m${number}.${person}.${run}${domain}`);
  const body = {
    channel,
    to,
    text,
    ...(channel === 'email' && { subject: `Message ${number}` }),
    ...(file && { attachments: [file.orderId] }),
    ...(sendAt !== undefined && { sendAt: new Date(sendAt).toISOString() }),
  };
  const sha256 = file?.body.sha256 as string | undefined;
  const message = { text, bounced, ...(sha256 !== undefined && { sha256 }), ...(sendAt !== undefined && { sendAt }) };
  const about = { tenant, orderId: messageId, key, path: '/notifications' };
  return { kind: 'message', ...about, body, channels: [channel], refused: false, message };
}

export function cancellation(sent: PlannedRequest, path: string, person: number): PlannedRequest {
  const { tenant, orderId, refused } = sent;
  const body = { action: 'cancel', reason: `Person ${person} has changed their mind` };
  const about = { tenant, orderId, key: `${sent.key}-CANCEL-${person}`, path: `${path}/resolve`, body };
  return { kind: 'cancel', ...about, channels: [], refused };
}

export function declaring({ number, tenant }: PlannedOrder, bytes: Buffer, run: string): PlannedRequest {
  const key = `campaign-${run}-${number}-FILE`;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const body = { name: 'file.txt', contentType: 'text/plain', size: bytes.length, sha256 };
  const about = { tenant, orderId: derivedId('attachment', tenant, key), key, path: '/attachments' };
  return { kind: 'declare', ...about, body, channels: [], refused: false };
}

/** Replaces the tenant's settings. @param body what all messages look like from then on, and which of them are off. */
export function settingsReplacing(
  { tenant, look }: PlannedLook,
  body: Record<string, unknown>,
  run: string,
): PlannedRequest {
  const key = `campaign-${run}-${tenant}-LOOK-${look}`;
  const about = { tenant, orderId: 'settings', key, path: '/settings' };
  return { kind: 'settings', method: 'PUT', ...about, body, channels: [], refused: false };
}

const OF_REPLAYS = { tenant: '', orderId: 'replays', channels: [], refused: false };

/** @param from ISO 8601. */
export function replayStarting(
  { number, tenant }: PlannedReplay,
  from: string | undefined,
  run: string,
): PlannedRequest {
  const body = {
    projection: 'orders',
    ...(tenant !== undefined && { tenant }),
    ...(from !== undefined && { from }),
  };
  return { kind: 'replay', ...OF_REPLAYS, key: `campaign-${run}-REPLAY-${number}`, path: '/replays', body };
}

export function replayStopping({ key }: PlannedRequest, replayId: string): PlannedRequest {
  return { kind: 'stop-replay', ...OF_REPLAYS, key: `${key}-STOP`, path: `/replays/${replayId}/stop`, body: {} };
}

/** Id of the replay that this request starts. */
export const replayIdOf = ({ tenant, key }: PlannedRequest): string => derivedId('replay', tenant, key);
