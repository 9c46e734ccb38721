import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Attachment, AttachmentStatus } from '#shared/attachment/attachment.ts';
import { type AttachmentCommand, attachmentDecider } from '#shared/attachment/decider.ts';
import type { Decider } from '#shared/messaging/decider.ts';
import { type HeaderOf, type StatusFields, withoutStatus } from '#shared/messaging/status-fields.ts';
import { type NotificationCommand, notificationDecider } from '#shared/notification/decider.ts';
import {
  claimed,
  type Notification,
  postponed,
  RESOLVE_ACTIONS,
  recheckedAt,
  released,
  reminded,
} from '#shared/notification/notification.ts';
import { notificationKeyOf } from '#shared/notification/notification-id.ts';
import { AFTER, BEFORE, inStatus, STATUSES } from '#test/support/notifications.ts';
import { checkProperty } from '#test/support/random-runs.ts';

const NOW = Date.parse(AFTER);
const KEY = notificationKeyOf({ tenant: 'acme', type: 'order', id: 'o1' }, 'order_o1_1-1');

/** Fields that nobody has thought of yet: no status has one of them. */
const someHeader = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 8 }).map((name) => `later_${name}`),
  fc.jsonValue(),
  { minKeys: 1, maxKeys: 4, noNullPrototype: true },
);

/** Every command of a notification, by its type: one that is added has to be added here. */
const NOTIFICATION_COMMANDS: { [Type in NotificationCommand['type']]: Extract<NotificationCommand, { type: Type }>[] } =
  {
    RecordAcceptance: [{ type: 'RecordAcceptance', nonce: 'one', providerMessageId: 'p', acceptedAt: AFTER }],
    RecordRejection: [{ type: 'RecordRejection', nonce: 'one', reason: 'R' }],
    RecordUnknown: [{ type: 'RecordUnknown', nonce: 'one', reason: 'R', deadline: NOW }],
    ExpireLease: [{ type: 'ExpireLease', nonce: 'one', deadline: NOW }],
    AuthoriseResend: [{ type: 'AuthoriseResend', nonce: 'one', dueAt: NOW }],
    Hold: [{ type: 'Hold', nonce: 'one', reason: 'R' }],
    HoldRestored: [{ type: 'HoldRestored', restoredAt: AFTER }],
    Suppress: [{ type: 'Suppress' }],
    Fail: [{ type: 'Fail', reason: 'R' }],
    RecordOutcome: [{ type: 'RecordOutcome', outcome: 'delivered' }],
    Resolve: RESOLVE_ACTIONS.map((action) => ({ type: 'Resolve', action, by: 'eve', reason: 'R', dueAt: NOW })),
    Erase: [{ type: 'Erase', positions: [0] }],
  };

const ATTACHMENT_COMMANDS: {
  [Type in Exclude<AttachmentCommand['type'], 'Declare'>]: Extract<AttachmentCommand, { type: Type }>[];
} = {
  AddUser: [{ type: 'AddUser', notificationId: 'two' }],
  RemoveUser: [
    { type: 'RemoveUser', notificationId: 'one' },
    { type: 'RemoveUser', notificationId: 'two' },
  ],
  RemoveUsers: [
    { type: 'RemoveUsers', notificationIds: ['one'] },
    { type: 'RemoveUsers', notificationIds: ['one', 'three'] },
  ],
  Wake: [{ type: 'Wake' }],
  RecordDeletion: [{ type: 'RecordDeletion' }],
};

const ATTACHMENT_STATUSES: { [Status in AttachmentStatus['status']]: Extract<AttachmentStatus, { status: Status }> } = {
  EXPECTED: { status: 'EXPECTED' },
  IN_USE: { status: 'IN_USE', users: ['one', 'three'] },
  DELETING: { status: 'DELETING', since: BEFORE, dueAt: NOW },
  DELETED: { status: 'DELETED', deletedAt: BEFORE },
};

const attachmentIn = (status: AttachmentStatus): Attachment => ({
  name: 'a',
  contentType: 'b',
  size: 1,
  sha256: 'c',
  createdAt: BEFORE,
  correlationId: 'd',
  usableUntil: NOW,
  ...status,
});

/** The state after a command, whatever the decider makes of it. */
function after<State, Command, Event>(
  decider: Decider<State, Command, Event>,
  state: State,
  command: Command,
  now = NOW,
): State {
  const decision = decider.decide(command, state, { key: KEY, now });
  if (decision.kind === 'rejected') return state;
  return decision.events.reduce((current, event) => decider.evolve(current, event), state);
}

const isKept = (header: Record<string, unknown>, state: object, how: string): void => {
  const found = Object.fromEntries(Object.entries(state).filter(([name]) => name.startsWith('later_')));
  assert.deepEqual(found, header, how);
};

/** What changes a notification's row without a command. */
const WRITES: Record<string, (notification: Notification) => Notification> = {
  claimed: (notification) => claimed(notification, { nonce: 'two', now: NOW, leaseUntil: NOW, leftOut: [0] }),
  released: (notification) => released(notification, 'one', { reason: 'R', now: NOW, retryAt: NOW }),
  postponed: (notification) => postponed(notification, { reason: 'R', now: NOW, retryAt: NOW }),
  reminded: (notification) => reminded(notification, NOW, 1),
  rechecked: (notification) => recheckedAt(notification, NOW, NOW),
};

/** Statuses before and after, and the state after. */
type Change = [before: string, after: string, state: object];

function* notificationChanges(header: object): Generator<Change> {
  for (const status of STATUSES) {
    const notification = { ...inStatus(status), ...header } as Notification;
    for (const command of Object.values(NOTIFICATION_COMMANDS).flat()) {
      const next = after(notificationDecider, notification, command);
      yield [status, next.status, next];
    }
    for (const write of Object.values(WRITES)) yield [status, write(notification).status, write(notification)];
  }
}

function* attachmentChanges(header: object): Generator<Change> {
  for (const status of Object.values(ATTACHMENT_STATUSES)) {
    const attachment = { ...attachmentIn(status), ...header } as Attachment;
    for (const command of Object.values(ATTACHMENT_COMMANDS).flat()) {
      for (const now of [NOW - 1, NOW]) {
        const next = after(attachmentDecider, attachment, command, now);
        yield [status.status, next.status, next];
      }
    }
  }
}

describe('a change of status', () => {
  it('keeps a field of the header that nobody has thought of yet: every status, every transition', async () => {
    const changes = new Set<string>();
    const property = fc.property(someHeader, (header) => {
      for (const [from, to, state] of [...notificationChanges(header), ...attachmentChanges(header)]) {
        isKept(header, state, `${from} to ${to}`);
        if (from !== to) changes.add(`${from} to ${to}`);
      }
    });
    await checkProperty('a header of later releases', property, 50);
    assert.ok(changes.size >= 20, [...changes].join(', '));
  });

  it('leaves nothing of the status before', () => {
    for (const status of STATUSES) {
      const notification = inStatus(status);
      const next = claimed(notification, { nonce: 'two', now: NOW, leaseUntil: NOW });
      const { status: _status, ...expected } = inStatus('SENDING');
      assert.deepEqual(
        Object.keys(next).sort(),
        [...Object.keys(expected), 'status'].sort(),
        `${status}: ${JSON.stringify(next)}`,
      );
    }
  });

  it('does not compile where a field of a status is not named, or a header has the name of one', () => {
    type Status = { status: 'A'; dueAt: number } | { status: 'B'; since?: string };
    const complete: StatusFields<Status> = { status: true, dueAt: true, since: true };
    // @ts-expect-error: `since` would survive its status.
    const incomplete: StatusFields<Status> = { status: true, dueAt: true };
    // @ts-expect-error: no status has this field, so it would be lost from the header.
    const tooMany: StatusFields<Status> = { ...complete, later: true };
    // @ts-expect-error: `dueAt` of the header would be lost with that of the status.
    const clash: HeaderOf<{ dueAt: number }, Status> = { dueAt: 1 };
    assert.ok(incomplete && tooMany && clash);
    const state: { later: number } & Status = { later: 1, status: 'A', dueAt: 2 };
    assert.deepEqual(withoutStatus<{ later: number }, Status>(state, complete), { later: 1 });
  });
});
