import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { auditEntrySchema, deadLetterSchema } from '#shared/dead-letter/responses.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import { parseEnvelope } from '#shared/messaging/parse.ts';
import { DEAD_LETTER, deadLetterKey } from '#shared/once/dead-letter.ts';
import { executeMessage } from '#shared/once/execute-message.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { counter } from '#test/support/counter.ts';
import { aLetter, aRequest, redriveWorld } from '#test/support/redrive-world.ts';

const FIGURES = {
  ...{ orderId: 'o1', status: 'placed', currency: 'EUR', total: 1200, itemCount: 1 },
  placedAt: '2026-01-01T00:00:00.000Z',
};
const LINES = [{ sku: 'A-1', quantity: 1, unitPrice: 1200 }];
const VALID = { ...FIGURES, lines: LINES };
const REASON = 'A release left the total out.';

/** A dead letter of a message without a total. */
const { total: _total, ...FAULTY } = VALID;
const faulty = (over: Parameters<typeof aLetter>[1] = {}) => aLetter('o1', { data: FAULTY, ...over });

const messageOf = ({ letter }: ReturnType<typeof aLetter>) => JSON.parse(letter.message ?? '{}');
const editOf = (letter: ReturnType<typeof aLetter>, data: object = VALID, over: object = {}) => ({
  message: { ...messageOf(letter), ...over, data },
  reason: REASON,
});

/** A world with one open dead letter. */
async function withLetter(letter = faulty(), options: Parameters<typeof redriveWorld>[0] = {}) {
  const world = redriveWorld(options);
  await world.fail(letter);
  const stored = async (id = letter.deadLetterId) =>
    (await world.store.statesOf(DEAD_LETTER).read(deadLetterKey(id)))?.state;
  return { ...world, letter, stored };
}

/** A count in the partition of an order. */
const countOf = (id: string): StateKey => ({ tenant: 'acme', type: 'order', id, part: { type: 'counter', id: '1' } });

/** The order that a message is about counts the message. */
const handledBy = (world: ReturnType<typeof redriveWorld>, message: string | undefined) =>
  executeMessage(
    message ?? '',
    ({ subject }) => ({
      decider: counter,
      key: countOf(subject.split('/')[1] ?? ''),
      command: { type: 'Add', amount: 1 },
    }),
    { ...world.ports(), subscriber: 'project-orders' },
  );

describe('an edit of a dead letter', () => {
  it('closes it, and opens one of a message with a new id, with an audit entry', async () => {
    const { edit, letter, stored, get, clock } = await withLetter();
    clock.advance(5000);
    const { status, json } = await edit(letter.deadLetterId, editOf(letter));
    assert.equal(status, 201, json.detail);
    const entry = v.parse(auditEntrySchema, json);
    const { editedTo = '', at } = entry;
    assert.partialDeepStrictEqual(entry, {
      ...{ action: 'edit', actor: 'unknown', count: 1, deadLetterId: letter.deadLetterId, reason: REASON },
    });
    const action = { action: 'edit', at, actor: 'unknown', reason: REASON };
    const [closed, opened] = [await stored(), await stored(editedTo)];
    assert.partialDeepStrictEqual(closed, { status: 'discarded', editedTo, message: letter.letter.message });
    assert.deepEqual(closed?.history, [action]);
    const { id, editedfrom, data, ...attributes } = parseEnvelope(opened?.message ?? '');
    assert.deepEqual([editedfrom, data], ['o1', VALID]);
    assert.notEqual(id, 'o1');
    const { id: _id, data: _data, ...before } = messageOf(letter);
    assert.partialDeepStrictEqual(attributes, before);
    const { message: _message, ...rest } = opened ?? assert.fail();
    assert.deepEqual(rest, {
      ...{ subscriber: 'project-orders', id, reason: 'GIVEN_UP', detail: 'It could not be handled.' },
      ...{ messageType: 'counterfoil.order.placed.v1', tenant: 'acme', subject: 'order/o1', correlationId: 'c' },
      ...{ attempts: 0, count: 0, firstSeenAt: at, lastSeenAt: at, openedAt: at, generation: 1, status: 'open' },
      ...{ fingerprint: closed?.fingerprint, editedFrom: letter.deadLetterId, history: [action] },
    });
    const shown = await get('GET /dead-letters/{deadLetterId}', { deadLetterId: editedTo });
    assert.equal(v.parse(deadLetterSchema, shown.json).editedFrom, letter.deadLetterId);
    const { json: audit } = await get('GET /audit');
    assert.deepEqual(audit.entries, [json]);
  });

  it('sends nothing, and is then planned like any dead letter', async () => {
    const { edit, letter, plan, store } = await withLetter();
    const { json } = await edit(letter.deadLetterId, editOf(letter));
    assert.deepEqual(
      [...store.outbox.values()].flatMap(({ messages }) => messages),
      [],
    );
    const planned = await plan({ selection: { subscriber: 'project-orders' }, dryRun: true });
    assert.partialDeepStrictEqual(planned.json, {
      plan: { members: 1, counts: { handled: 1 }, samples: { handled: [{ deadLetterId: json.editedTo }] } },
    });
  });

  it('is made once, however often it is asked for', async () => {
    const { edit, letter, store } = await withLetter();
    const first = await edit(letter.deadLetterId, editOf(letter), 'key');
    assert.deepEqual(await edit(letter.deadLetterId, editOf(letter), 'key'), first);
    const other = await edit(letter.deadLetterId, editOf(letter, { ...VALID, total: 1 }), 'key');
    assert.deepEqual([other.status, other.json.code], [422, 'IDEMPOTENCY_CONFLICT']);
    const again = await edit(letter.deadLetterId, editOf(letter));
    assert.deepEqual([again.status, again.json.code], [409, 'DEAD_LETTER_NOT_OPEN']);
    assert.equal([...store.states.values()].filter(({ key }) => key.type === DEAD_LETTER.name).length, 2);
  });

  it('is one of two that are asked for at the same time', async () => {
    const { edit, letter } = await withLetter();
    const answers = await Promise.all(
      [1, 2].map((total) => edit(letter.deadLetterId, editOf(letter, { ...VALID, total }))),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409]);
  });

  it('leaves one of the two messages to be handled, in either order', async () => {
    for (const isEditedFirst of [true, false]) {
      const { edit, letter, stored, store, ...world } = await withLetter();
      const { json } = await edit(letter.deadLetterId, editOf(letter));
      const both = [(await stored())?.message, (await stored(String(json.editedTo)))?.message];
      for (const message of isEditedFirst ? both.reverse() : both) await handledBy({ ...world, edit, store }, message);
      const state = await store.statesOf(counter.shape).read(countOf('o1'));
      assert.equal(state?.version, 1);
      const plan = await world.plan({ selection: { ids: [json.editedTo] }, dryRun: true });
      assert.partialDeepStrictEqual(plan.json, { plan: { counts: { alreadyDone: 1 } } });
    }
  });

  it('can be edited again, and still replaces the first message', async () => {
    const { edit, letter, stored } = await withLetter();
    const { json } = await edit(letter.deadLetterId, editOf(letter));
    const second = await stored(String(json.editedTo));
    const message = { ...JSON.parse(second?.message ?? ''), data: { ...VALID, total: 1300 } };
    const { json: third } = await edit(String(json.editedTo), { message, reason: REASON });
    const last = await stored(String(third.editedTo));
    assert.equal(parseEnvelope(last?.message ?? '').editedfrom, 'o1');
    assert.equal(last?.editedFrom, json.editedTo);
  });

  it('stays linked if one of the messages fails again', async () => {
    const { edit, letter, stored, fail } = await withLetter();
    const { json } = await edit(letter.deadLetterId, editOf(letter));
    await fail(letter);
    assert.partialDeepStrictEqual(await stored(), { status: 'open', generation: 2, editedTo: json.editedTo });
    const id = parseEnvelope((await stored(String(json.editedTo)))?.message ?? '').id;
    await fail(aLetter(id));
    assert.partialDeepStrictEqual(await stored(String(json.editedTo)), { count: 1, editedFrom: letter.deadLetterId });
  });
});

describe('an edited message', () => {
  const pathsOf = (json: Record<string, unknown>) =>
    (json.errors as { path: string; code: string }[]).map(({ path, code }) => `${path} ${code}`);

  it('is refused with every fault, without quoting it', async () => {
    const { edit, letter, stored } = await withLetter(faulty({ data: { ...FAULTY, customerId: 'c-1' } }));
    const before = await stored();
    const body = editOf(
      letter,
      {
        ...{ ...FAULTY, orderId: 'o2', customerId: 'c-2', currency: 'Ada <ada@example.com>', status: '+4366012345678' },
        ...{ note: 'x', constructor: 'x', itemCount: 1.5, lines: [{ ...LINES[0], comment: 'y' }] },
      },
      { id: 'another', tenantid: 'other', subject: 'order/o2', extra: 'z' },
    );
    const { status, json } = await edit(letter.deadLetterId, body);
    assert.deepEqual([status, json.code], [400, 'VALIDATION_FAILED']);
    assert.deepEqual(pathsOf(json).sort(), [
      '/message/data/constructor UNKNOWN_FIELD',
      '/message/data/currency FREE_TEXT',
      '/message/data/customerId ANOTHER_ID',
      '/message/data/itemCount NOT_WHOLE',
      '/message/data/lines/0/comment UNKNOWN_FIELD',
      '/message/data/note UNKNOWN_FIELD',
      '/message/data/orderId ANOTHER_SUBJECT',
      '/message/data/status FREE_TEXT',
      '/message/data/status INVALID',
      '/message/data/total REQUIRED',
      '/message/extra NOT_EDITABLE',
      '/message/id NOT_EDITABLE',
      '/message/subject NOT_EDITABLE',
      '/message/tenantid NOT_EDITABLE',
    ]);
    assert.doesNotMatch(JSON.stringify(json), /ada|4366|another"|c-2/i);
    assert.deepEqual(await stored(), before);
  });

  it('has to differ, and to be whole', async () => {
    const { edit, letter } = await withLetter(faulty({ data: VALID }));
    const same = await edit(letter.deadLetterId, editOf(letter));
    assert.deepEqual(pathsOf(same.json), ['/message/data UNCHANGED']);
    const part = await edit(letter.deadLetterId, { message: { data: { ...VALID, total: 1 } }, reason: REASON });
    assert.ok(pathsOf(part.json).includes('/message/tenantid NOT_EDITABLE'));
    const none = await edit(letter.deadLetterId, { message: [], reason: ' ' });
    assert.deepEqual(pathsOf(none.json), ['/message WRONG_TYPE', '/reason BLANK']);
  });

  it('keeps the time of an order, by which the list of orders finds it', async () => {
    const { edit, letter } = await withLetter();
    const later = await edit(letter.deadLetterId, editOf(letter, { ...VALID, placedAt: '2026-01-01T00:00:00.001Z' }));
    assert.deepEqual(pathsOf(later.json), ['/message/data/placedAt ANOTHER_TIME']);
    const local = faulty({ data: { ...VALID, placedAt: '2026-01-01T01:00:00+01:00' } });
    const world = await withLetter(local);
    const { status, json } = await world.edit(local.deadLetterId, editOf(local));
    assert.equal(status, 201, JSON.stringify(json));
  });

  it('has no phone number, and only what requests may have in the same fields', async () => {
    const { edit, letter } = await withLetter();
    const lines = [{ ...LINES[0], sku: 'www.example.com/a' }];
    const { json } = await edit(
      letter.deadLetterId,
      editOf(letter, { ...VALID, lines, customerId: 'a/b', currency: 'EURO', status: '4366012345678' }),
    );
    assert.deepEqual(pathsOf(json).sort(), [
      '/message/data/currency CURRENCY_UNKNOWN',
      '/message/data/customerId ID_INVALID',
      '/message/data/lines/0/sku WEB_ADDRESS',
      '/message/data/status FREE_TEXT',
      '/message/data/status INVALID',
    ]);
    const digits = faulty({ data: { ...FAULTY, customerId: '4366012345678' } });
    const world = await withLetter(digits);
    const unchanged = await world.edit(digits.deadLetterId, editOf(digits, { ...VALID, customerId: '4366012345678' }));
    assert.equal(unchanged.status, 201, 'an id of the original is no new text');
  });

  it('may give an id that the original lacks', async () => {
    const { edit, letter } = await withLetter();
    const { status, json } = await edit(letter.deadLetterId, editOf(letter, { ...VALID, customerId: 'c-1' }));
    assert.equal(status, 201, JSON.stringify(json));
  });

  it('of a sender is about the notification of the original, or of its subject', async () => {
    const world = redriveWorld();
    const { notificationId } = await world.place({ orderId: 'p' });
    const { notificationId: elsewhere } = await world.place({ orderId: 'q' });
    const broken = aLetter('p', {
      ...{ subscriber: 'send-email', type: 'counterfoil.notification.requested.v1' },
      data: { notificationId: 'none', channel: 'email' },
    });
    await world.fail(broken);
    for (const [id, code] of [
      [elsewhere, 'ANOTHER_SUBJECT'],
      ['still none', 'FREE_TEXT'],
    ]) {
      const { json } = await world.edit(broken.deadLetterId, editOf(broken, { notificationId: id, channel: 'email' }));
      assert.ok(
        pathsOf(json).some((one) => one.endsWith(String(code))),
        JSON.stringify(json),
      );
    }
    const malformed = await world.edit(
      broken.deadLetterId,
      editOf(broken, { notificationId: 'no-id', channel: 'email' }),
    );
    assert.deepEqual(pathsOf(malformed.json), ['/message/data MALFORMED']);
    const right = await world.edit(broken.deadLetterId, editOf(broken, { notificationId, channel: 'email' }));
    assert.equal(right.status, 201, JSON.stringify(right.json));
  });
});

describe('an edit is refused', () => {
  const refused = async (
    { edit, letter, stored }: Awaited<ReturnType<typeof withLetter>>,
    body: object = editOf(letter),
  ) => {
    const before = await stored();
    const { status, json } = await edit(letter.deadLetterId, body);
    assert.deepEqual(await stored(), before);
    return `${status} ${json.code}: ${json.detail}`;
  };

  it('on a stage that does not permit it', async () => {
    const world = await withLetter(faulty(), { permitsEdits: false });
    assert.match(await refused(world), /^409 EDITING_OFF/);
    const { json } = await world.edit(world.letter.deadLetterId, editOf(world.letter));
    assert.match(String(json.next), /operatorsEditMessages/);
  });

  it('if the message was handled', async () => {
    const world = await withLetter();
    await handledBy(world, world.letter.letter.message);
    assert.match(await refused(world), /^409 MESSAGE_NOT_EDITABLE: The message was handled/);
  });

  it('if what it asks for was sent, may have been sent, or must not be sent', async () => {
    for (const [status, detail] of [
      ['SENT', /was handled/],
      ['SENDING', /unknown/],
      ['UNKNOWN', /unknown/],
      ['HELD', /HELD/],
    ] as const) {
      const world = redriveWorld();
      const { notificationId } = await world.place({ orderId: 'o1' });
      const letter = aRequest(notificationId);
      await world.fail(letter);
      await world.change(notificationId, (state) => ({ ...Object(state), status }));
      const message = { ...messageOf(letter), subject: 'order/o1' };
      await world.fail({ letter: { ...letter.letter, message: JSON.stringify(message) } });
      const { json } = await world.edit(letter.deadLetterId, {
        message: { ...message, data: { notificationId, channel: 'sms' } },
        reason: REASON,
      });
      assert.equal(json.code, 'MESSAGE_NOT_EDITABLE', JSON.stringify(json));
      assert.match(String(json.detail), detail);
    }
  });

  it('if the notification is sent while the edit is decided', async () => {
    const world = redriveWorld({
      afterRow: async () => {
        if (sent) return;
        sent = true;
        await world.change(notificationId, (state) => ({ ...Object(state), status: 'SENT' }));
      },
    });
    let sent = false;
    const { notificationId } = await world.place({ orderId: 'o1' });
    const letter = aRequest(notificationId);
    const message = { ...messageOf(letter), subject: 'order/o1' };
    await world.fail({ letter: { ...letter.letter, message: JSON.stringify(message) } });
    const { status, json } = await world.edit(letter.deadLetterId, {
      message: { ...message, data: { notificationId, channel: 'sms' } },
      reason: REASON,
    });
    assert.deepEqual([status, json.code], [409, 'MESSAGE_NOT_EDITABLE'], JSON.stringify(json));
  });

  it('while a redrive has the dead letter or its group, and names the redrive and its actor', async () => {
    const world = await withLetter();
    const { json } = await world.plan({ selection: { subscriber: 'project-orders' } });
    await world.act('start', json.redriveId);
    assert.equal(
      await refused(world),
      `409 REDRIVE_IN_PROGRESS: The redrive ${json.redriveId} of unknown is running and has the group ${(await world.stored())?.fingerprint}.`,
    );
    await world.store.changeDeadLetter(world.letter.deadLetterId, (before) => ({
      ...(before ?? assert.fail()),
      ...{ status: 'redriving', redriveId: 'r1' },
      history: [{ action: 'redrive', at: '2026-01-01T00:00:00.000Z', actor: 'ada', redriveId: 'r1' }],
    }));
    assert.match(await refused(world), /^409 DEAD_LETTER_NOT_OPEN: .* redriven by r1, which ada has started/);
  });

  it('if the dead letter is closed or does not exist', async () => {
    for (const status of ['discarded', 'resolved'] as const) {
      const world = await withLetter();
      await world.store.changeDeadLetter(world.letter.deadLetterId, (before) => ({
        ...(before ?? assert.fail()),
        status,
      }));
      assert.match(await refused(world), new RegExp(`^409 DEAD_LETTER_NOT_OPEN: The dead letter is ${status}`));
    }
    const { edit, letter } = await withLetter();
    for (const id of ['a'.repeat(26), 'no-id'])
      assert.equal((await edit(id, editOf(letter))).json.code, 'DEAD_LETTER_NOT_FOUND');
  });

  it('if the original was edited before and fails again: two edits could give it two ids', async () => {
    const world = await withLetter();
    const { json } = await world.edit(world.letter.deadLetterId, editOf(world.letter, { ...VALID, customerId: 'c-1' }));
    await world.fail(world.letter);
    const second = await world.edit(world.letter.deadLetterId, editOf(world.letter, { ...VALID, customerId: 'c-2' }));
    assert.deepEqual([second.status, second.json.code], [409, 'MESSAGE_NOT_EDITABLE']);
    assert.match(String(second.json.detail), new RegExp(String(json.editedTo)));
    assert.partialDeepStrictEqual(await world.stored(), { status: 'open', editedTo: json.editedTo });
  });

  it('without a message of ours whose schema and subscriber are known', async () => {
    const { message, ...withoutMessage } = faulty().letter;
    const place = JSON.stringify({ subject: { tenant: 'acme', type: 'order', id: 'o1' }, commandId: 'http#1' });
    const later = JSON.stringify({ ...JSON.parse(message ?? ''), specversion: '2.0' });
    for (const [over, detail] of [
      [{ subscriber: 'gone' }, /no subscriber gone/],
      [{ subscriber: 'wake-due', message: place }, /no message of ours/],
      [{ subscriber: 'record-sms-feedback', message: '{"event":1}' }, /no (message|subscriber)/],
      [{ message: later }, /no message of ours/],
      [{ type: 'counterfoil.order.unheard.v1' }, /no schema/],
    ] as const) {
      const world = await withLetter(faulty(over));
      const answered = await refused(world, editOf(faulty()));
      assert.match(answered, /^409 MESSAGE_NOT_EDITABLE/);
      assert.match(answered, detail);
    }
    const world = redriveWorld();
    await world.fail({ letter: withoutMessage });
    const { json } = await world.edit(faulty().deadLetterId, editOf(faulty()));
    assert.match(String(json.detail), /no message of ours/);
  });

  it('and nothing of the message is logged', async () => {
    const { edit, letter, log } = await withLetter();
    await edit(letter.deadLetterId, {
      ...editOf(letter, { ...VALID, currency: 'ada@example.com' }),
      reason: 'Ada asked.',
    });
    await edit(letter.deadLetterId, { ...editOf(letter), reason: 'Ada asked.' });
    assert.doesNotMatch(JSON.stringify(log), /ada/i);
  });
});

describe('a transition of an edited message', () => {
  it('is recognised by the id of the message that it replaces', async () => {
    const world = redriveWorld();
    const key = countOf('o1');
    const add = { decider: counter, key, command: { type: 'Add' as const, amount: 1 } };
    const cause = { subscriber: 'project-orders', transitionId: 'o1', metadata: { correlationId: 'c' } };
    await executeTransition(add, cause, world.ports());
    const message = { ...messageOf(faulty()), id: 'new', editedfrom: 'o1' };
    await handledBy(world, JSON.stringify(message));
    assert.equal((await world.store.statesOf(counter.shape).read(key))?.version, 1);
  });
});
