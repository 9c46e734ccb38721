import { gunzipSync, gzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { NewNotification } from '#shared/messaging/decider.ts';
import { notificationKey, type StateKey } from '#shared/messaging/identity.ts';
import { SORT_KEY } from '#shared/names.ts';
import type { DueRow, OutboxRecord, StoredState } from '#shared/ports.ts';
import { contentItemKey, dueShardOf, outboxItemKey, stateItemKey, subjectOf } from './keys.ts';

/** The stored shapes: every row is written and read here and nowhere else. */
export type Item = Record<string, AttributeValue>;

export const OUTBOX_SCHEMA_VERSION = 1;

export const toItem = (attributes: Record<string, unknown>): Item =>
  marshall(attributes, { removeUndefinedValues: true });

const due = (kind: DueRow['kind'], pk: string, dueAt: number | undefined): Record<string, unknown> =>
  dueAt === undefined ? {} : { dueShard: dueShardOf(kind, pk), dueAt };

export function stateItem(key: StateKey, { schemaVersion, version, state, dueAt }: StoredState): Item {
  const itemKey = stateItemKey(key);
  const type = key.notificationId === undefined ? key.type : 'notification';
  return toItem({ ...itemKey, type, schemaVersion, version, state, ...due('notification', itemKey.pk, dueAt) });
}

export function storedStateOf(item: Item | undefined): StoredState | undefined {
  if (!item) return undefined;
  const { schemaVersion, version, state, dueAt } = unmarshall(item) as StoredState;
  return { schemaVersion, version, state, ...(dueAt === undefined ? {} : { dueAt }) };
}

export function outboxItem(record: OutboxRecord): Item {
  const { subject, commandId, dueAt, ...rest } = record;
  const key = outboxItemKey(subject, commandId);
  return toItem({
    ...key,
    type: 'outbox',
    schemaVersion: OUTBOX_SCHEMA_VERSION,
    ...rest,
    ...due('outbox', key.pk, dueAt),
  });
}

export function outboxRecordOf(item: Item): OutboxRecord {
  const { pk, sk, nonce, fingerprint, outcome, messages, createdAt, dueAt, failures } = unmarshall(item);
  const subject = subjectOf(pk);
  if (!subject || !sk.startsWith(SORT_KEY.outbox)) throw new TypeError(`Not an outbox row: ${sk}`);
  const commandId = sk.slice(SORT_KEY.outbox.length);
  return {
    ...{ subject, commandId, nonce, fingerprint, outcome, messages, createdAt },
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(failures === undefined ? {} : { failures }),
  };
}

/** The two rows of a new notification: the permission to send with its place in the tenant's log, and the content. */
export function notificationItems(
  key: StateKey,
  notification: NewNotification,
  createdAt: string,
): { state: Item; content: Item } {
  const { notificationId, schemaVersion, state, content, dueAt } = notification;
  const ownKey: StateKey = { ...key, notificationId };
  const log = toItem({ logTenant: key.tenant, logOrder: `${createdAt}#${notificationId}` });
  return {
    state: { ...stateItem(ownKey, { schemaVersion, version: 1, state, dueAt }), ...log },
    content: toItem({ ...contentItemKey(ownKey), type: 'content', schemaVersion, content }),
  };
}

/** Content as its domain knows it: with the rendered message, once there is one. */
export function contentOf(item: Item): object {
  const { content, rendered } = unmarshall(item);
  return rendered === undefined ? content : { ...content, rendered: unpacked(rendered) };
}

/** A rendered message is kept compressed: HTML is long, and DynamoDB bills by the kilobyte. */
export const packed = (rendered: object): Uint8Array => gzipSync(JSON.stringify(rendered));
export const unpacked = (bytes: Uint8Array): object => JSON.parse(gunzipSync(bytes).toString('utf8'));

/** What an entry of the `due` index points at; undefined for a kind of row that this version does not know. */
export function dueRowOf(item: Item): DueRow | undefined {
  const { pk, sk, dueAt } = unmarshall(item) as { pk: string; sk: string; dueAt: number };
  const subject = subjectOf(pk);
  if (!subject) return undefined;
  if (sk.startsWith(SORT_KEY.outbox))
    return { kind: 'outbox', dueAt, subject, commandId: sk.slice(SORT_KEY.outbox.length) };
  if (!sk.startsWith(SORT_KEY.notification)) return undefined;
  const key = notificationKey(subject.tenant, decodeURIComponent(sk.slice(SORT_KEY.notification.length)));
  return key && { kind: 'notification', dueAt, key };
}
