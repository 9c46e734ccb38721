import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Attachment, AttachmentProgress } from '#shared/attachment/attachment.ts';
import { type AttachmentCommand, attachmentDecider } from '#shared/attachment/decider.ts';
import type { Decider } from '#shared/messaging/decider.ts';
import { type Change, changed, type HeaderOf, type ProgressFields } from '#shared/messaging/progress.ts';
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

/** Header fields of a later release: no status has one of them. */
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
    EndRepeats: [{ type: 'EndRepeats', repeat: { nonce: 'one', outcome: 'deferred', reason: 'R', now: NOW } }],
    ExpireLease: [{ type: 'ExpireLease', nonce: 'one', deadline: NOW }],
    AuthoriseResend: [{ type: 'AuthoriseResend', nonce: 'one', dueAt: NOW }],
    Hold: [{ type: 'Hold', nonce: 'one', reason: 'R' }],
    HoldRestored: [{ type: 'HoldRestored', restoredAt: AFTER }],
    Suppress: [{ type: 'Suppress' }],
    Fail: [{ type: 'Fail', reason: 'R' }],
    Redrive: [{ type: 'Redrive', redriveId: 'R', dueAt: NOW }],
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

const ATTACHMENT_PROGRESS: {
  [Status in AttachmentProgress['status']]: Extract<AttachmentProgress, { status: Status }>;
} = {
  EXPECTED: { status: 'EXPECTED' },
  IN_USE: { status: 'IN_USE', users: ['one', 'three'] },
  DELETING: { status: 'DELETING', since: BEFORE, dueAt: NOW },
  DELETED: { status: 'DELETED', deletedAt: BEFORE },
};

const attachmentIn = (progress: AttachmentProgress): Attachment => ({
  name: 'a',
  contentType: 'b',
  size: 1,
  sha256: 'c',
  createdAt: BEFORE,
  correlationId: 'd',
  usableUntil: NOW,
  ...progress,
});

/** The state after a command. A rejected command changes nothing. */
function stateAfter<State, Command, Event>(
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
type Step = [before: string, after: string, state: object];

function* notificationChanges(header: object): Generator<Step> {
  for (const status of STATUSES) {
    const notification = { ...inStatus(status), ...header } as Notification;
    for (const command of Object.values(NOTIFICATION_COMMANDS).flat()) {
      const next = stateAfter(notificationDecider, notification, command);
      yield [status, next.status, next];
    }
    for (const write of Object.values(WRITES)) yield [status, write(notification).status, write(notification)];
  }
}

function* attachmentChanges(header: object): Generator<Step> {
  for (const status of Object.values(ATTACHMENT_PROGRESS)) {
    const attachment = { ...attachmentIn(status), ...header } as Attachment;
    for (const command of Object.values(ATTACHMENT_COMMANDS).flat()) {
      for (const now of [NOW - 1, NOW]) {
        const next = stateAfter(attachmentDecider, attachment, command, now);
        yield [status.status, next.status, next];
      }
    }
  }
}

describe('a transition', () => {
  it('keeps header fields of a later release: every status, every transition', async () => {
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

  it('removes every field of the previous progress', () => {
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

  it('does not compile if a field of the progress is not listed, or if the header has a field with the same name', () => {
    type Status = { status: 'A'; dueAt: number } | { status: 'B'; since?: string };
    const complete: ProgressFields<Status> = { status: true, dueAt: true, since: true };
    // @ts-expect-error: a transition would keep `since` of the previous progress.
    const incomplete: ProgressFields<Status> = { status: true, dueAt: true };
    // @ts-expect-error: no status has this field, so a transition would remove it from the header.
    const tooMany: ProgressFields<Status> = { ...complete, later: true };
    // @ts-expect-error: a transition would remove `dueAt` of the header together with that of the progress.
    const clash: HeaderOf<{ dueAt: number }, Status> = { dueAt: 1 };
    assert.ok(incomplete && tooMany && clash);
  });

  it('changes only what it names, and removes a header field that is set to undefined', () => {
    type Header = { kept: number; count?: number };
    type Progress = { status: 'A'; dueAt: number } | { status: 'B'; since?: string };
    const fields: ProgressFields<Progress> = { status: true, dueAt: true, since: true };
    const state: Header & Progress = { kept: 1, count: 1, status: 'A', dueAt: 2 };
    const after = (change: Change<Header, Progress>) => changed<Header, Progress>(state, change, fields);
    assert.deepEqual(after({}), state);
    assert.deepEqual(after({ header: { count: 2 } }), { ...state, count: 2 });
    assert.deepEqual(after({ header: { count: undefined } }), { kept: 1, status: 'A', dueAt: 2 });
    assert.deepEqual(after({ progress: { status: 'B' } }), { kept: 1, count: 1, status: 'B' });
    assert.deepEqual(after({ header: { count: 3 }, progress: { status: 'A', dueAt: 9 } }), {
      kept: 1,
      count: 3,
      status: 'A',
      dueAt: 9,
    });
  });
});
