import { gunzipSync, gzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Due } from '#shared/messaging/due.ts';
import { type StateKey, typeOfState } from '#shared/messaging/identity.ts';
import { PoisonMessage, parseWith } from '#shared/messaging/parse.ts';
import { boolean, listOf, number, object, optional, text } from '#shared/messaging/read.ts';
import type { NewRecord, NewState, StoredState } from '#shared/messaging/rows.ts';
import { readState, type Shape, upgraded } from '#shared/messaging/versions.ts';
import { SORT_KEY } from '#shared/names.ts';
import { CONTENT, isDirect, type NotificationContent, RENDERED, type Rendered } from '#shared/notification/content.ts';
import { OUTCOMES, withEvents } from '#shared/notification/outcomes.ts';
import { OUTBOX_DUE } from '#shared/once/due.ts';
import { OUTBOX, type OutboxRecord } from '#shared/once/ports.ts';
import { LISTED_ORDER, type ListedOrder } from '#shared/order-list/ports.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import { type StoredSuppression, SUPPRESSION } from '#shared/suppression/ports.ts';
import {
  type DueShards,
  dueKindOf,
  dueShardOf,
  outboxItemKey,
  recordItemKey,
  stateItemKey,
  subjectOf,
} from './keys.ts';

/** A row as DynamoDB stores it. Most stored shapes are written and read only in this file. */
export type Item = Record<string, AttributeValue>;

export const toItem = (attributes: Record<string, unknown>): Item =>
  marshall(attributes, { removeUndefinedValues: true });

const dueAttributes = (pk: string, due: Due | undefined, dueShards?: DueShards): Record<string, unknown> =>
  due === undefined ? {} : { dueShard: dueShardOf(due.kind, pk, dueShards), dueAt: due.at };

/** Why and when a row is due, from the attributes that put it into the index. */
const dueFrom = (dueShard: string, dueAt: number): Due => ({ kind: dueKindOf(dueShard), at: dueAt });

/** @param dueShards of the table. Absent: the shards that every stage reads. */
export function stateItem(
  key: StateKey,
  { schemaVersion, version, state, due }: StoredState<unknown>,
  dueShards?: DueShards,
): Item {
  const itemKey = stateItemKey(key);
  return toItem({
    ...itemKey,
    type: typeOfState(key),
    schemaVersion,
    version,
    state,
    ...dueAttributes(itemKey.pk, due, dueShards),
  });
}

/** @throws NewerVersion, or PoisonMessage for a row that this release cannot read. */
export function storedStateOf<State>(shape: Shape<State>, item: Item | undefined): StoredState<State> | undefined {
  if (!item) return undefined;
  const { type, schemaVersion, version, state, dueShard, dueAt } = unmarshall(item);
  const due = dueAt === undefined ? {} : { due: dueFrom(dueShard, dueAt) };
  return readState(shape, type, { schemaVersion, version, state, ...due });
}

/** @param dueShards of the table. Absent: the shards that every stage reads. */
export function outboxItem(record: OutboxRecord, dueShards?: DueShards): Item {
  const { subject, commandId, dueAt, ...rest } = record;
  const key = outboxItemKey(subject, commandId);
  return toItem({
    ...key,
    type: OUTBOX.name,
    schemaVersion: OUTBOX.written,
    ...rest,
    ...dueAttributes(key.pk, dueAt === undefined ? undefined : { kind: OUTBOX_DUE.name, at: dueAt }, dueShards),
  });
}

const anOutboxRow = object({
  nonce: text,
  fingerprint: text,
  command: optional(text),
  process: optional(text),
  correlationId: optional(text),
  outcome: object({ accepted: boolean, version: number, answer: text }),
  messages: listOf(text),
  createdAt: text,
  dueAt: optional(number),
  failures: optional(number),
  publishedAt: optional(text),
});

/** @throws NewerVersion, or PoisonMessage if the item is not an outbox row that this release can read. */
export function outboxRecordOf(item: Item): OutboxRecord {
  const { pk = '', sk = '', schemaVersion, ...attributes } = unmarshall(item);
  const subject = subjectOf(String(pk));
  if (!subject || !String(sk).startsWith(SORT_KEY.outbox))
    throw new PoisonMessage('NOT_AN_OUTBOX_ROW', 'The keys are not those of an outbox row.');
  const { value } = upgraded('outbox row', OUTBOX, schemaVersion, attributes);
  const record = parseWith(anOutboxRow, value, 'The outbox row cannot be read');
  return { subject, commandId: sk.slice(SORT_KEY.outbox.length), ...record };
}

/** A state in its first version, with its additional attributes. */
export const newStateItem = ({ key, stored, attributes = {} }: NewState, dueShards?: DueShards): Item => ({
  ...stateItem(key, stored, dueShards),
  ...toItem(attributes),
});

/** A record that belongs to a state. Its value is stored in an attribute that has the name of its type. */
export const recordItem = ({ key, type, schemaVersion, value, expiresAt }: NewRecord): Item =>
  toItem({ ...recordItemKey(key, type), type, schemaVersion, [type]: value, expiresAt });

/**
 * The content in its domain's form. It includes the rendered message if there is one.
 * @throws NewerVersion, or PoisonMessage for a row that this release cannot read.
 */
export function contentOf(item: Item): NotificationContent {
  const { schemaVersion, content } = unmarshall(item);
  const { value } = upgraded('content row', CONTENT, schemaVersion, content);
  const rendered = renderedOf(item);
  return rendered === undefined || isDirect(value) ? value : { ...value, rendered };
}

/** Attributes of a rendered message. It is compressed, because HTML is long and DynamoDB bills by the kilobyte. */
export const renderedAttributes = (rendered: Rendered) => ({
  rendered: gzipSync(JSON.stringify(rendered)),
  renderedSchemaVersion: RENDERED.written,
});

/** The rendered message in a content row; undefined if there is none yet. */
export function renderedOf(item: Item | undefined): Rendered | undefined {
  const { rendered, renderedSchemaVersion } = unmarshall(item ?? {});
  if (rendered === undefined) return undefined;
  const value = JSON.parse(gunzipSync(rendered).toString('utf8'));
  return upgraded('rendered message', RENDERED, renderedSchemaVersion, value).value;
}

/** @throws NewerVersion */
export function suppressionOf(item: Item): StoredSuppression {
  const { sk, schemaVersion, ...attributes } = unmarshall(item);
  const { value } = upgraded('suppression', SUPPRESSION, schemaVersion, attributes);
  const { channel, reason, origin, since, liftedAt } = value;
  return { recipient: sk, channel, reason, origin, since, ...(liftedAt !== undefined && { liftedAt }) };
}

/** @throws NewerVersion */
export function listedOrderOf(item: Item): ListedOrder {
  const { schemaVersion, version, listed } = unmarshall(item);
  return { ...upgraded('row of the list of orders', LISTED_ORDER, schemaVersion, listed).value, version };
}

/** The attribute's name for an event: `0_BOUNCED` or, for an event about the whole message, `message_OPENED`. */
const OUTCOME_ATTRIBUTE = /^(?<position>\d+|message)_(?<kind>[A-Z_]+)$/;

/**
 * Each event is stored as its own attribute. Timestamp and code form one text, so one comparison of texts decides which
 * of two events is kept: the earlier one.
 */
export const outcomeAttribute = ({ position, kind, at, code }: RecipientEvent): { name: string; value: string } => ({
  name: `${position ?? 'message'}_${kind}`,
  value: code === undefined ? at : `${at} ${code}`,
});

/** @throws NewerVersion */
export function recipientEventsOf(item: Item | undefined): RecipientEvent[] {
  if (!item) return [];
  const { schemaVersion, ...attributes } = unmarshall(item);
  const { value } = upgraded('outcomes row', OUTCOMES, schemaVersion, attributes);
  const events = Object.entries(value).map(([name, text]) => recipientEvent(name, text));
  return withEvents(
    [],
    events.filter((event) => event !== undefined),
  );
}

function recipientEvent(name: string, text: unknown): RecipientEvent | undefined {
  const { position, kind } = OUTCOME_ATTRIBUTE.exec(name)?.groups ?? {};
  if (kind === undefined || typeof text !== 'string') return undefined;
  const [at = '', code] = text.split(' ');
  return {
    ...(position !== 'message' && { position: Number(position) }),
    kind,
    at,
    ...(code !== undefined && { code }),
  };
}
