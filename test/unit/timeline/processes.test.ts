import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { greetingOf } from '#shared/greeting/process.ts';
import type { Envelope } from '#shared/messaging/envelope.ts';
import type { OutboxRecord } from '#shared/once/ports.ts';
import { wakeLoop } from '#shared/once/wake.ts';
import { REMINDER_DUE } from '#shared/reminder/due.ts';
import { reminderOf } from '#shared/reminder/process.ts';
import { REMINDER } from '#shared/reminder/reminder.ts';
import { reminderWaker } from '#shared/reminder/wake.ts';
import { recordEntries } from '#shared/timeline/record-entries.ts';
import type { TimelineView } from '#shared/timeline/responses.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { orderProcessWorld } from '#test/support/order-processes.ts';

const AFTER_MS = 60_000;
const customerId = 'customer_7';

function createTimelines() {
  const world = orderProcessWorld();
  const { store, ports, clock } = world;
  const timelineOf = async (kind: 'order' | 'customer', id: string): Promise<TimelineView['entries']> => {
    const routeKey = `GET /${kind}s/{${kind}Id}/timeline`;
    const answer = await world.queries(httpEvent({ routeKey, tenant: 'acme', pathParameters: { [`${kind}Id`]: id } }));
    return bodyOf<TimelineView>(answer).entries;
  };
  return {
    ...world,
    timelineOf,
    remind: (message: Envelope) => world.deliver(message, reminderOf({ reminderAfterMs: AFTER_MS }), 'reminder'),
    greet: (message: Envelope) =>
      world.deliver(message, greetingOf({ ...ports, customers: world.customers }), 'run-process'),
    async due() {
      clock.advance(AFTER_MS);
      const waker = reminderWaker({ ...ports, reminders: store.statesOf(REMINDER) });
      await wakeLoop(REMINDER_DUE, waker).wake(store, clock.now(), 10);
    },
  };
}

const namesOf = (entries: TimelineView['entries']): string[] => entries.map(({ kind, type }) => `${kind} ${type}`);

/** The place of each cause that is in the list. */
function assertCausesFirst(entries: TimelineView['entries']): void {
  const places = new Map(entries.map(({ id }, place) => [id, place]));
  assert.equal(places.size, entries.length, 'every entry has an id of its own');
  for (const [place, { causationId = '', type }] of entries.entries())
    assert.ok((places.get(causationId) ?? -1) < place, `the cause of ${type} comes before it`);
}

describe('processes in a timeline', () => {
  it('are shown with the order, between the message that they waited for and what they requested', async () => {
    const { place, subjectOf, remind, due, timelineOf } = createTimelines();
    const placed = await place();
    await remind(placed);
    await due();
    const entries = await timelineOf('order', subjectOf(placed).id);
    const own = entries.filter(
      ({ kind, purpose }) => kind === 'process' || (kind === 'notification' && purpose === 'reminder'),
    );
    assert.deepEqual(namesOf(own), ['process ScheduleReminder', 'process SendReminder', 'notification requested']);
    assertCausesFirst(entries);
    const [scheduled, sent, requested] = own;
    for (const entry of [scheduled, sent, requested]) assert.equal(entry?.causationId, placed.id);
    const { at, id } = scheduled ?? assert.fail();
    assert.deepEqual(scheduled, {
      at,
      kind: 'process',
      type: 'ScheduleReminder',
      process: 'reminder',
      id,
      causationId: placed.id,
      // It published nothing, so its record carries the id.
      correlationId: placed.correlationid,
      status: 'scheduled',
    });
    assert.equal(sent?.status, 'reminded');
    assert.equal(sent?.correlationId, placed.correlationid);
  });

  it('show a withdrawal after the confirmation that caused it', async () => {
    const { place, subjectOf, step, remind, timelineOf } = createTimelines();
    const placed = await place();
    await remind(placed);
    const confirmed = (await step('confirm', placed)) ?? assert.fail();
    await remind(confirmed);
    const entries = await timelineOf('order', subjectOf(placed).id);
    const withdrawn = entries.find(({ type }) => type === 'WithdrawReminder');
    assert.deepEqual([withdrawn?.kind, withdrawn?.causationId], ['process', confirmed.id]);
    assertCausesFirst(entries);
  });

  it('show that nothing was sent about an order that was cancelled before the process had heard of it', async () => {
    const { place, subjectOf, step, remind, due, requested, timelineOf } = createTimelines();
    const placed = await place();
    await remind(placed);
    await step('cancel', placed);
    await due();
    const entries = await timelineOf('order', subjectOf(placed).id);
    const decided = entries.find(({ type }) => type === 'SendReminder');
    assert.deepEqual(
      [decided?.status, decided?.causationId, decided?.correlationId],
      ['withdrawn', placed.id, placed.correlationid],
    );
    assert.deepEqual(await requested(placed, 'reminder'), []);
    assertCausesFirst(entries);
  });

  it('are shown with the customer, although a greeting has rows of its own', async () => {
    const { register, place, greet, timelineOf, clock } = createTimelines();
    const registered = await register({ name: 'Ada', phone: '+4366012345678', customerId });
    await greet(registered);
    clock.advance(1000);
    const placed = await place({ customerId });
    await greet(placed);
    const entries = await timelineOf('customer', customerId);
    assert.deepEqual(namesOf(entries), [
      'command RegisterCustomer',
      'event CustomerRegistered',
      'process NoteRegistration',
      'process NoteOrder',
      'event NotificationRequested',
      'notification requested',
    ]);
    assert.deepEqual(
      entries.filter(({ kind }) => kind === 'process').map(({ process, causationId }) => [process, causationId]),
      [
        ['greeting', registered.id],
        ['greeting', placed.id],
      ],
    );
    assertCausesFirst(entries);
  });

  it('show no command about a part of the greeting, like the claim of its notification', async () => {
    const { register, place, greet, store } = createTimelines();
    await greet(await register({ name: 'Ada', phone: '+4366012345678', customerId }));
    await greet(await place({ customerId }));
    const [record = assert.fail()] = [...store.outbox.values()].filter(
      ({ messages, subject }) => subject.type === 'greeting' && messages.length > 0,
    );
    const { command, ...rest } = record;
    const messages = rest.messages.map((text) => JSON.stringify({ ...JSON.parse(text), subject: 'webhook/one' }));
    const ofPart: OutboxRecord = { ...rest, messages };
    const kinds = (one: OutboxRecord): string[] => recordEntries(one, {}).map(({ kind }) => kind);
    assert.deepEqual([command, kinds(record), kinds(ofPart)], ['NoteOrder', ['process', 'event'], ['event']]);
    assert.deepEqual(kinds({ ...ofPart, messages: [] }), []);
  });

  it('do not make an unknown customer known', async () => {
    const { place, greet, timelineOf, queries } = createTimelines();
    await greet(await place({ customerId }));
    assert.equal(await timelineOf('customer', customerId), undefined);
    const { statusCode } = await queries(
      httpEvent({ routeKey: 'GET /customers/{customerId}/timeline', tenant: 'acme', pathParameters: { customerId } }),
    );
    assert.equal(statusCode, 404);
  });
});
