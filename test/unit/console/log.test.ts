import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  missesRows,
  newRows,
  PAGE_ROWS,
  type PagedRows,
  pagedRows,
  withFirstRows,
  withNextRows,
} from '#console/base/paged-rows.ts';
import { mayUse, sessionOf } from '#console/base/session.ts';
import { decisionsFor } from '#console/messages/decisions.ts';
import { placeOf, withMessage } from '#console/messages/merge.ts';
import { lookOf, shownStatus } from '#console/parts/looks.ts';
import type { LoggedNotificationView, MessageLogView } from '#shared/message-log/responses.ts';
import { RESOLVE_ACTIONS } from '#shared/notification/notification.ts';

const row = (second: number, status: LoggedNotificationView['status'] = 'SENT'): LoggedNotificationView => ({
  notificationId: `order_${second}_1-1`,
  channel: 'email',
  purpose: 'order-confirmation',
  status,
  createdAt: new Date(second * 1000).toISOString(),
  recipients: [],
  attemptCount: 1,
});
const rows = (...seconds: number[]) => seconds.map((second) => row(second));
const ids = ({ rows: shown }: { rows: readonly LoggedNotificationView[] }) =>
  shown.map(({ notificationId }) => notificationId);

type Loaded = PagedRows<LoggedNotificationView>;
const pageOf = ({ notifications, nextCursor }: MessageLogView): Loaded => pagedRows(notifications, nextCursor);
const withFirstPage = (loaded: Loaded | undefined, page: MessageLogView, isFiltered: boolean): Loaded =>
  withFirstRows(loaded, pageOf(page), isFiltered, placeOf);
const withNextPage = (loaded: Loaded, page: MessageLogView, after: string): Loaded =>
  withNextRows(loaded, pageOf(page), after, placeOf);

describe('the rows of the log', () => {
  const loaded = { rows: rows(5, 4, 3, 2), nextCursor: 'after-2' };

  it('change in place, and new ones come first; older pages and their cursor stay', () => {
    const page = { notifications: [row(6), row(5, 'FAILED'), row(4)], nextCursor: 'after-4' };
    const next = withFirstPage(loaded, page, false);
    assert.deepEqual(ids(next), ids({ rows: rows(6, 5, 4, 3, 2) }));
    assert.equal(next.rows[1]?.status, 'FAILED');
    assert.equal(next.nextCursor, 'after-2');
    assert.equal(newRows(loaded, next, placeOf), 1);
  });

  it('begin again when more than a page is new, because rows between are not known', () => {
    const next = withFirstPage(loaded, { notifications: rows(9, 8), nextCursor: 'after-8' }, false);
    assert.deepEqual([ids(next), next.nextCursor], [ids({ rows: rows(9, 8) }), 'after-8']);
  });

  it('stay with filters, whose pages may be short or empty, and are not looked through again', () => {
    const empty = withFirstPage(loaded, { notifications: [], nextCursor: 'looked-at' }, true);
    assert.deepEqual([ids(empty), empty.nextCursor], [ids(loaded), 'after-2']);
    const short = withFirstPage(loaded, { notifications: rows(9), nextCursor: 'after-9' }, true);
    assert.deepEqual([ids(short), short.nextCursor], [ids({ rows: rows(9, 5, 4, 3, 2) }), 'after-2']);
  });

  it('may be missing after a page that has only newer rows, until a page has one that is as old', () => {
    const newer = pagedRows(rows(9, 8), 'after-8');
    const readOn = withNextRows(newer, pagedRows(rows(7, 5), 'after-5'), 'after-8', placeOf);
    assert.equal(missesRows(loaded, newer, placeOf), true);
    assert.equal(missesRows({ rows: [] }, newer, placeOf), true);
    assert.equal(missesRows(loaded, readOn, placeOf), false);
    assert.equal(missesRows(loaded, pagedRows(rows(9, 4), 'after-4'), placeOf), false);
    assert.equal(missesRows(loaded, pagedRows(rows(9, 8), undefined), placeOf), false);
    assert.equal(missesRows(loaded, pagedRows([], 'looked-at'), placeOf), false);
  });

  it('begin again with filters, too, when more than a page of matches is new', () => {
    const seconds = Array.from({ length: PAGE_ROWS }, (_, index) => 100 - index);
    const next = withFirstPage(loaded, { notifications: rows(...seconds), nextCursor: 'after-51' }, true);
    assert.deepEqual([next.rows.length, next.nextCursor], [PAGE_ROWS, 'after-51']);
  });

  it('reach the end of a filtered log, although its first page is read again between the others', () => {
    const first = { notifications: [], nextCursor: 'page-2' };
    let log = withFirstPage(undefined, first, true);
    for (const [after, notifications, nextCursor] of [
      ['page-2', [], 'page-3'],
      ['page-3', rows(2), undefined],
    ] as const) {
      log = withNextPage(log, { notifications: [...notifications], ...(nextCursor && { nextCursor }) }, after);
      log = withFirstPage(log, first, true);
    }
    assert.deepEqual(log, { rows: rows(2) });
  });

  it('that no longer match the filters disappear', () => {
    const next = withFirstPage(loaded, { notifications: rows(5, 3), nextCursor: 'after-3' }, true);
    assert.deepEqual(ids(next), ids({ rows: rows(5, 3, 2) }));
    assert.deepEqual(ids(withFirstPage(loaded, { notifications: rows(5) }, true)), ids({ rows: rows(5) }));
  });

  it('of the next page follow, each once, in the order of the log', () => {
    const next = withNextPage(loaded, { notifications: rows(3, 2, 1), nextCursor: 'after-1' }, 'after-2');
    assert.deepEqual([ids(next), next.nextCursor], [ids({ rows: rows(5, 4, 3, 2, 1) }), 'after-1']);
    assert.equal(withNextPage(loaded, { notifications: [] }, 'after-2').nextCursor, undefined);
  });

  it('of a page that the log has begun again without are left out, so that no row between is missing', () => {
    const again = { rows: rows(9, 8), nextCursor: 'after-8' };
    assert.deepEqual(withNextPage(again, { notifications: rows(1), nextCursor: 'after-1' }, 'after-2'), again);
  });

  it('change with a message that was read by itself, and disappear when it no longer has the status of the filter', () => {
    const message = { ...row(3, 'CANCELLED'), correlationId: 'c', attempts: [], durations: {}, timeline: [] };
    const changed = withMessage(loaded, message, { channel: 'email' });
    assert.deepEqual(ids(changed), ids(loaded));
    const { attempts: _attempts, timeline: _timeline, durations: _durations, ...listed } = message;
    assert.deepEqual(changed.rows[2], { ...listed, attemptCount: 0 });
    assert.deepEqual(withMessage(loaded, message, { status: 'HELD' }), { rows: rows(5, 4, 2), nextCursor: 'after-2' });
    assert.deepEqual(withMessage(loaded, { ...message, notificationId: 'other' }, { status: 'HELD' }), loaded);
  });
});

describe('the status of a row', () => {
  const shown = (status: LoggedNotificationView['status'], ...outcomes: string[]) =>
    shownStatus({ status, recipients: outcomes.map((outcome) => ({ outcome })) });

  it('is what happened to the recipients, the most urgent first', () => {
    assert.equal(shown('SENT', 'DELIVERED', 'DELIVERED'), 'DELIVERED');
    assert.equal(shown('SENT', 'DELIVERED', 'SENT'), 'SENT');
    assert.equal(shown('SENT', 'DELIVERED', 'BOUNCED', 'COMPLAINED'), 'COMPLAINED');
    assert.equal(shown('SENT', 'DELIVERED', 'SUPPRESSED'), 'SENT');
    assert.equal(shown('HELD', 'HELD'), 'HELD');
    assert.equal(shown('SENT'), 'SENT');
  });

  it('of a newer release is shown, without a meaning', () => {
    assert.deepEqual(lookOf('FROM_THE_FUTURE'), { tone: 'quiet', icon: 'dot' });
    assert.deepEqual(lookOf('constructor'), { tone: 'quiet', icon: 'dot' });
    assert.deepEqual(decisionsFor({ status: 'toString' }), []);
  });

  it('names the decisions that the API accepts', () => {
    for (const status of ['HELD', 'UNKNOWN', 'FAILED'])
      assert.deepEqual(decisionsFor({ status }), [...RESOLVE_ACTIONS]);
    assert.deepEqual(decisionsFor({ status: 'PENDING' }), ['cancel']);
    assert.deepEqual(decisionsFor({ status: 'SENT' }), []);
  });

  it('names none while a decision to resend holds, and again when it has failed', () => {
    const resolutions = [{ action: 'resend', by: 'anna', at: '2026-11-30T09:00:00.000Z' } as const];
    assert.deepEqual(decisionsFor({ status: 'PENDING', resolutions }), []);
    assert.deepEqual(decisionsFor({ status: 'HELD', resolutions }), [...RESOLVE_ACTIONS]);
  });
});

describe('a session', () => {
  const tokenOf = (claims: object): string => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;

  it('knows its scopes, with and without the prefix of the stage, and when it ends', () => {
    const session = sessionOf(
      'acme',
      tokenOf({ scope: 'counterfoil/messages:read orders:read', exp: 100, name: 'Zoë' }),
    );
    assert.equal(session.expiresAt, 100_000);
    assert.deepEqual(
      ['messages:read', 'orders:read', 'messages:write', 'read'].map((scope) => mayUse(session, scope)),
      [true, true, false, false],
    );
  });

  it('of a token that a page cannot read has no scopes, and the API decides', () => {
    for (const token of ['opaque', 'a.%%%.c', tokenOf([])]) assert.deepEqual(sessionOf('acme', token).scopes, []);
  });
});
