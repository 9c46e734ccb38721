import type { Subject } from '#shared/messaging/identity.ts';
import type { StoredState } from '#shared/messaging/rows.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import type { Notification } from '#shared/notification/notification.ts';
import type { Commit, OutboxRecord } from '#shared/once/ports.ts';
import { inStatus } from '#test/support/notifications.ts';
import type { TestNotification } from '#test/support/requested.ts';

/** The order, as far as a store has to know it. */
export type Lines = { lines?: number; users?: string[]; winner?: number; tricky?: boolean };
export const LINES = shapeOf<Lines>('order');

export const NOW = Date.UTC(2026, 0, 1);
let subjects = 0;

/** A subject of its own for each test: they share the table. */
export function freshSubject(): Subject {
  subjects += 1;
  return { tenant: 'acme', type: 'order', id: `o${subjects}` };
}

/** The row of an order in this version. */
export const stored = (version: number, state: Lines = { lines: version }): StoredState<Lines> => ({
  schemaVersion: 1,
  version,
  state,
});

/** The row of a notification in this version. */
export const inVersion = (version: number, status: Notification['status']): StoredState<Notification> => ({
  schemaVersion: 1,
  version,
  state: inStatus(status),
});

/** A record with two messages, unless `more` differs. */
export const outboxRecord = (subject: Subject, commandId: string, more: Partial<OutboxRecord> = {}): OutboxRecord => ({
  subject,
  commandId,
  nonce: `nonce of ${commandId}`,
  fingerprint: 'fingerprint',
  outcome: { accepted: true, version: 1, answer: '{"ä":"€"}' },
  messages: ['{"id":"1"}', '{"id":"2"}'],
  createdAt: new Date(NOW).toISOString(),
  ...more,
});

/** The commit of a new order. */
export const creation = (key: Subject, more: Partial<Commit> = {}): Commit => ({
  key,
  expectedVersion: 0,
  next: stored(1),
  outbox: outboxRecord(key, 'http#create'),
  rows: [],
  ...more,
});

/** A notification of this order with its content. */
export const pending = (subject: Subject, dueAt = NOW + 1000): TestNotification & { state: Notification } => ({
  notificationId: `order_${subject.id}_1-1`,
  schemaVersion: 1,
  state: inStatus('PENDING'),
  content: { recipients: ['ada@example.com'], locale: 'de', nested: { empty: '', list: [1, 2.5, null, true] } },
  due: { kind: 'notification', at: dueAt },
});
