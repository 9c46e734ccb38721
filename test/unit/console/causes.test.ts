import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CauseNode, causesOf, statusOf } from '#console/orders/causes.ts';
import { ACROSS, DOWN } from '#console/orders/drawing.ts';
import { layoutOf } from '#console/orders/layout.ts';
import type { TimelineEntry } from '#shared/timeline/responses.ts';

const AT = '2026-11-30T10:00:00.000Z';

const entry = (kind: TimelineEntry['kind'], id: string, causationId?: string, more: Partial<TimelineEntry> = {}) => ({
  at: AT,
  kind,
  type: id,
  id,
  ...(causationId !== undefined && { causationId }),
  ...more,
});

const step = (type: string, causationId: string, kind: TimelineEntry['kind'] = 'notification') =>
  entry(kind, `mail/${type}`, causationId, { type, notificationId: 'mail', channel: 'email', purpose: 'confirmation' });

/** An order whose e-mail bounced. */
const TIMELINE: readonly TimelineEntry[] = [
  entry('command', 'PlaceOrder'),
  entry('event', 'OrderPlaced', 'PlaceOrder'),
  entry('event', 'NotificationRequested', 'PlaceOrder', { notificationId: 'mail' }),
  step('requested', 'OrderPlaced'),
  step('claimed', 'mail/requested'),
  step('sent', 'mail/claimed'),
  entry('event', 'NotificationSent', 'NotificationRequested', { notificationId: 'mail' }),
  step('BOUNCED', 'mail/sent', 'feedback'),
  entry('process', 'ScheduleReminder', 'OrderPlaced', { process: 'reminder', status: 'scheduled' }),
  entry('process', 'RequestFallback', 'NotificationSent', { process: 'fallback', status: 'requested' }),
  entry('command', 'ConfirmOrder', undefined, { accepted: false, code: 'ORDER_IS_CANCELLED' }),
];

const names = (nodes: readonly CauseNode[]) => nodes.map(({ id }) => id);
const causes = (nodes: readonly CauseNode[]) =>
  Object.fromEntries(nodes.flatMap(({ id, cause }) => (cause ? [[id, cause.id] as const] : [])));

describe('the graph of causes', () => {
  it('has a node for each entry, and one for all steps of a message and the events about it', () => {
    const nodes = causesOf(TIMELINE);
    assert.deepEqual(names(nodes), [
      'PlaceOrder',
      'OrderPlaced',
      'mail/requested',
      'mail/BOUNCED',
      'ScheduleReminder',
      'RequestFallback',
      'ConfirmOrder',
    ]);
    assert.deepEqual(causes(nodes), {
      OrderPlaced: 'PlaceOrder',
      'mail/requested': 'OrderPlaced',
      'mail/BOUNCED': 'mail/requested',
      ScheduleReminder: 'OrderPlaced',
      // An event about the message led to it, so the message did.
      RequestFallback: 'mail/requested',
    });
  });

  it('says the status of what has one', () => {
    assert.deepEqual(causesOf(TIMELINE).map(statusOf), [
      undefined,
      undefined,
      'SENT',
      'BOUNCED',
      'scheduled',
      'requested',
      'refused',
    ]);
    const resolved = causesOf([step('requested', ''), { ...step('resolved', 'mail/requested'), code: 'cancel' }]);
    assert.deepEqual(resolved.map(statusOf), ['CANCELLED']);
    const unknown = causesOf([step('requested', ''), step('from-the-future', 'mail/requested')]);
    assert.deepEqual(unknown.map(statusOf), ['from-the-future']);
  });

  it('shows an entry whose cause is not in the timeline, and entries that cause each other', () => {
    const nodes = causesOf([entry('event', 'a', 'outside'), entry('event', 'b', 'c'), entry('event', 'c', 'b')]);
    assert.deepEqual(names(nodes), ['a', 'b', 'c']);
    assert.deepEqual(names(layoutOf(nodes).placed.map(({ node }) => node)), ['a', 'c', 'b']);
    assert.deepEqual(names(causesOf([entry('event', 'self', 'self')])), ['self']);
  });
});

describe('the layout of the graph', () => {
  const layout = layoutOf(causesOf(TIMELINE));

  it('places an effect one column right of its cause, and the first one in the same row', () => {
    assert.deepEqual(
      layout.placed.map(({ node, column, row, turn }) => [node.id, column, row, turn]),
      [
        ['PlaceOrder', 0, 0, 0],
        ['OrderPlaced', 1, 0, 1],
        ['mail/requested', 2, 0, 2],
        ['mail/BOUNCED', 3, 0, 3],
        ['RequestFallback', 3, 1, 4],
        ['ScheduleReminder', 2, 2, 5],
        ['ConfirmOrder', 0, 3, 6],
      ],
    );
    assert.deepEqual([layout.columns, layout.rows, layout.edges.length], [4, 4, 5]);
  });

  it('draws a line for each cause, in both directions', () => {
    assert.deepEqual(
      layout.edges.map(({ from, to }) => `${from.node.id} > ${to.node.id}`),
      [
        'PlaceOrder > OrderPlaced',
        'OrderPlaced > mail/requested',
        'mail/requested > mail/BOUNCED',
        'mail/requested > RequestFallback',
        'OrderPlaced > ScheduleReminder',
      ],
    );
    const [first] = layout.edges;
    assert.ok(first);
    assert.equal(ACROSS.pathOf(first), 'M15 1.75C16.25 1.75 16.25 1.75 17.5 1.75');
    assert.equal(DOWN.pathOf(first), 'M0.625 3.5V5.875H1.25');
    assert.deepEqual(ACROSS.sizeOf(layout), { width: 70, height: 17 });
    assert.deepEqual(DOWN.sizeOf(layout), { width: 5, height: 28.875 });
  });

  it('gives every node a place of its own, also with hundreds of nodes and a long chain', () => {
    const many = Array.from({ length: 900 }, (_, index) =>
      entry('event', `${index}`, index === 0 ? undefined : `${index % 3 === 0 ? index - 1 : Math.floor(index / 2)}`),
    );
    const chain = Array.from({ length: 900 }, (_, index) => entry('event', `c${index}`, `c${index - 1}`));
    const { placed } = layoutOf(causesOf([...many, ...chain]));
    assert.equal(placed.length, 1800);
    assert.equal(new Set(placed.map(({ column, row }) => `${column} ${row}`)).size, 1800);
  });

  it('is empty without entries', () => {
    assert.deepEqual(layoutOf(causesOf([])), { placed: [], edges: [], columns: 0, rows: 0 });
  });
});
