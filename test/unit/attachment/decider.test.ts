import { describe, it } from 'node:test';
import { ATTACHMENT_LIMIT, type Attachment } from '#shared/attachment/attachment.ts';
import { type AttachmentEvent, attachmentDecider } from '#shared/attachment/decider.ts';
import type { AnnounceContext } from '#shared/messaging/decider.ts';
import { ATTACHMENT_RELEASED } from '#shared/names.ts';
import { specification } from '#test/support/specification.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const DAY_MS = 86_400_000;
const TEN_MINUTES_MS = 600_000;
const HOUR_MS = 3_600_000;
/** When the users of an attachment that was just declared are checked first. */
const FIRST_CHECK = NOW + HOUR_MS;
const at = new Date(NOW).toISOString();
const context = (now = NOW): AnnounceContext => ({
  key: { tenant: 'acme', type: 'attachment', id: 'file1' },
  now,
  version: 1,
  correlationId: 'correlation-1',
  commandId: 'command-1',
  terms: undefined,
});
const file = { name: 'invoice.pdf', contentType: 'application/pdf', size: 1024, sha256: 'ab'.repeat(32) };
const attachment: Attachment = {
  ...file,
  createdAt: at,
  correlationId: 'correlation-1',
  usableUntil: NOW + DAY_MS,
  status: 'EXPECTED',
};
const declared: AttachmentEvent = { type: 'AttachmentDeclared', attachment };
const added = (notificationId: string): AttachmentEvent => ({ type: 'UserAdded', notificationId, dueAt: FIRST_CHECK });
/** As a release did that checked no users. */
const addedUnchecked = (notificationId: string): AttachmentEvent => ({ type: 'UserAdded', notificationId });
const removed = (notificationId: string): AttachmentEvent => ({ type: 'UserRemoved', notificationId });
const released: AttachmentEvent = { type: 'AttachmentReleased', since: at, dueAt: NOW + TEN_MINUTES_MS };

const { given } = specification(attachmentDecider, context());
const later = (now: number) => specification(attachmentDecider, context(now)).given;

describe('an attachment', () => {
  it('is expected once it is declared', () => {
    given().when({ type: 'Declare', file, correlationId: 'correlation-1', usableMs: DAY_MS }).thenEvents(declared);
    given(declared)
      .when({ type: 'Declare', file, correlationId: 'correlation-1', usableMs: DAY_MS })
      .thenRejected('ATTACHMENT_ALREADY_EXISTS');
  });

  it('counts each message that needs it once', () => {
    given(declared)
      .when({ type: 'AddUser', notificationId: 'one' })
      .thenState({ ...attachment, status: 'IN_USE', users: ['one'], dueAt: FIRST_CHECK });
    given(declared, added('one')).when({ type: 'AddUser', notificationId: 'one' }).thenEvents();
    given(declared, added('one'))
      .when({ type: 'AddUser', notificationId: 'two' })
      .thenState({ ...attachment, status: 'IN_USE', users: ['one', 'two'], dueAt: FIRST_CHECK });
  });

  it('goes with its last user, and with no other', () => {
    given(declared, added('one'), added('two'))
      .when({ type: 'RemoveUser', notificationId: 'one' })
      .thenEvents(removed('one'));
    const last = given(declared, added('one'), added('two'), removed('one')).when({
      type: 'RemoveUser',
      notificationId: 'two',
    });
    last.thenEvents(removed('two'), released);
    last.thenState({ ...attachment, status: 'DELETING', since: at, dueAt: NOW + TEN_MINUTES_MS });
    last.thenMessages({
      type: ATTACHMENT_RELEASED,
      data: { attachmentId: 'file1' },
      attributes: { attachments: 'true' },
    });
  });

  it('has its users checked an hour after the first, however many come later, and at the next change without a check time', () => {
    const later_ = later(NOW + 5000);
    later_(declared, added('one'))
      .when({ type: 'AddUser', notificationId: 'two' })
      .thenEvents({ type: 'UserAdded', notificationId: 'two' });
    later_(declared, addedUnchecked('one'))
      .when({ type: 'AddUser', notificationId: 'two' })
      .thenEvents({ type: 'UserAdded', notificationId: 'two', dueAt: FIRST_CHECK + 5000 });
    later_(declared, addedUnchecked('one'), addedUnchecked('two'))
      .when({ type: 'RemoveUser', notificationId: 'two' })
      .thenState({ ...attachment, status: 'IN_USE', users: ['one'], dueAt: FIRST_CHECK + 5000 });
  });

  it('loses all users at once that a check found done, is checked again for the others, and goes with the last', () => {
    const users = [declared, added('one'), added('two'), added('three')];
    const afterDays = NOW + 3 * DAY_MS;
    later(afterDays)(...users)
      .when({ type: 'RemoveUsers', notificationIds: ['one', 'three', 'nobody'] })
      .thenState({ ...attachment, status: 'IN_USE', users: ['two'], dueAt: afterDays + 3 * DAY_MS });
    later(afterDays)(...users)
      .when({ type: 'RemoveUsers', notificationIds: ['one', 'two', 'three'] })
      .thenMessages({
        type: ATTACHMENT_RELEASED,
        data: { attachmentId: 'file1' },
        attributes: { attachments: 'true' },
      });
    given(...users)
      .when({ type: 'RemoveUsers', notificationIds: [] })
      .thenEvents();
    given(declared)
      .when({ type: 'RemoveUsers', notificationIds: ['one'] })
      .thenEvents();
  });

  it('ignores the removal of a user that is gone or unknown', () => {
    given(declared).when({ type: 'RemoveUser', notificationId: 'one' }).thenEvents();
    given(declared, added('one')).when({ type: 'RemoveUser', notificationId: 'two' }).thenEvents();
    given(declared, added('one'), removed('one'), released)
      .when({ type: 'RemoveUser', notificationId: 'one' })
      .thenEvents();
    given().when({ type: 'RemoveUser', notificationId: 'one' }).thenEvents();
  });

  it('has no new user once it goes, when its time is over, or beyond what its row holds', () => {
    const gone = [declared, added('one'), removed('one'), released];
    given(...gone)
      .when({ type: 'AddUser', notificationId: 'two' })
      .thenRejected('ATTACHMENT_GONE');
    given(...gone, { type: 'AttachmentDeleted', at })
      .when({ type: 'AddUser', notificationId: 'two' })
      .thenRejected('ATTACHMENT_GONE');
    later(NOW + DAY_MS)(declared, added('one'))
      .when({ type: 'AddUser', notificationId: 'two' })
      .thenRejected('ATTACHMENT_GONE');
    later(NOW + DAY_MS)(declared, added('one'))
      .when({ type: 'AddUser', notificationId: 'one' })
      .thenEvents();
    const many = Array.from({ length: ATTACHMENT_LIMIT.users }, (_, index) => added(`${index}`));
    given(declared, ...many)
      .when({ type: 'AddUser', notificationId: 'more' })
      .thenRejected('ATTACHMENT_IN_USE_TOO_OFTEN');
  });

  it('that no message used in time is released, and one that is needed stays', () => {
    later(NOW + DAY_MS - 1)(declared)
      .when({ type: 'Wake' })
      .thenEvents();
    const over = NOW + DAY_MS;
    later(over)(declared)
      .when({ type: 'Wake' })
      .thenEvents({ type: 'AttachmentReleased', since: new Date(over).toISOString(), dueAt: over + TEN_MINUTES_MS });
    later(over)(declared, added('one')).when({ type: 'Wake' }).thenEvents();
    later(over)(declared, addedUnchecked('one')).when({ type: 'Wake' }).thenEvents();
  });

  it('that is not deleted is announced again, with growing pauses of at most a day', () => {
    const gone = [declared, added('one'), removed('one'), released];
    later(NOW + TEN_MINUTES_MS - 1)(...gone)
      .when({ type: 'Wake' })
      .thenEvents();
    const again = NOW + TEN_MINUTES_MS;
    const first = later(again)(...gone).when({ type: 'Wake' });
    first.thenEvents({ type: 'AttachmentReleased', since: at, dueAt: again + 2 * TEN_MINUTES_MS });
    first.thenMessages({
      type: ATTACHMENT_RELEASED,
      data: { attachmentId: 'file1' },
      attributes: { attachments: 'true' },
    });
    later(NOW + 9 * DAY_MS)(...gone)
      .when({ type: 'Wake' })
      .thenEvents({ type: 'AttachmentReleased', since: at, dueAt: NOW + 10 * DAY_MS });
  });

  it('is deleted once, and only when it goes', () => {
    given(declared, added('one')).when({ type: 'RecordDeletion' }).thenEvents();
    const gone = [declared, added('one'), removed('one'), released];
    const deleted = given(...gone).when({ type: 'RecordDeletion' });
    deleted.thenState({ ...attachment, status: 'DELETED', deletedAt: at });
    deleted.thenMessages();
    given(...gone, { type: 'AttachmentDeleted', at })
      .when({ type: 'RecordDeletion' })
      .thenEvents();
  });
});
