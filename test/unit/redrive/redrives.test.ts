import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { READINGS, READINGS_KEY } from '#shared/lane/readings.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { redriveDecider } from '#shared/redrive/decider.ts';
import { chunkKey, REDRIVE_CHUNK, unpacked } from '#shared/redrive/members.ts';
import { REDRIVE, redriveKey } from '#shared/redrive/redrive.ts';
import { redriveProgressSchema, redriveSchema, redrivesSchema } from '#shared/redrive/responses.ts';
import { counter } from '#test/support/counter.ts';
import { httpEvent } from '#test/support/http-event.ts';
import { memoryLetterReader } from '#test/support/memory/memory-redrives.ts';
import { aLetter, aRequest, redriveWorld } from '#test/support/redrive-world.ts';

const ORDERS = { selection: { subscriber: 'project-orders' } };

/** A world with two open dead letters of one subscriber. */
async function withLetters() {
  const world = redriveWorld();
  const letters = [aLetter('o1'), aLetter('o2')];
  for (const letter of letters) await world.fail(letter);
  const ids = letters.map(({ deadLetterId }) => deadLetterId);
  const planned = async () => String((await world.plan(ORDERS)).json.redriveId);
  return { ...world, ids, planned };
}

describe('the plan of a redrive', () => {
  it('names the members that were open when it was made, in the order in which they failed', async () => {
    const { plan, ids, fail, clock, get, store } = await withLetters();
    const { status, json } = await plan({ ...ORDERS, ratePerSecond: 10, canary: [1], stopAbove: 0.5 });
    assert.equal(status, 201);
    assert.ok(v.is(redriveSchema, json));
    const sample = (deadLetterId: string | undefined, id: string) => ({
      deadLetterId: String(deadLetterId),
      subject: `order/${id}`,
      messageType: 'counterfoil.order.placed.v1',
    });
    assert.partialDeepStrictEqual(json, {
      ...{ status: 'planned', actor: 'unknown', selection: ORDERS.selection },
      ...{ ratePerSecond: 10, canary: [1], stopAbove: 0.5 },
      plan: {
        members: 2,
        counts: { handled: 2, alreadyDone: 0, unknown: 0, dropped: 0 },
        dropped: [],
        samples: { handled: [sample(ids[0], 'o1'), sample(ids[1], 'o2')] },
        groups: [{ subscriber: 'project-orders', reason: 'GIVEN_UP', members: 2 }],
        frozenAt: new Date(clock.now()).toISOString(),
      },
    });
    await fail(aLetter('o3'));
    const { json: later } = await get('GET /redrives/{redriveId}', { redriveId: String(json.redriveId) });
    assert.ok(v.is(redriveProgressSchema, later));
    assert.equal(later.plan.members, 2);
    const redrive = await store.statesOf(REDRIVE).read(redriveKey(String(json.redriveId)));
    const chunk = await store.statesOf(REDRIVE_CHUNK).read(chunkKey(redrive?.state.set.id ?? '', 0));
    assert.deepEqual(
      unpacked(chunk?.state.members ?? ''),
      ids.map((deadLetterId) => ({ deadLetterId, generation: 1, verdict: 'handled' })),
    );
  });

  it('warns of a paused subscriber, and cannot be started before it is resumed', async () => {
    const { plan, act, commands, store } = await withLetters();
    const reading = { subscriberId: 'project-orders', retentionSeconds: 1 };
    const state = { measuredAt: '', subscribers: { 'project-orders': reading }, kinds: {}, dead: {}, circuits: {} };
    await store.statesOf(READINGS).replace(READINGS_KEY, 0, { schemaVersion: 1, version: 1, state });
    const why = { reason: 'The list is being checked.', owner: 'reporting' };
    const turn = (action: string, body: object) =>
      commands(
        httpEvent({
          routeKey: `POST /subscribers/{subscriber}/${action}`,
          tenant: 'operator',
          pathParameters: { subscriber: 'project-orders' },
          headers: { 'content-type': 'application/json', 'idempotency-key': action },
          body: JSON.stringify(body),
        }),
      );
    await turn('pause', why);
    const { json } = await plan(ORDERS);
    assert.ok(v.is(redriveSchema, json));
    const [group] = json.plan.groups;
    assert.deepEqual(group?.paused, { since: group?.paused?.since, actor: 'unknown', ...why });
    const { status, json: refused } = await act('start', json.redriveId);
    assert.deepEqual([status, refused.code], [409, 'SUBSCRIBER_PAUSED']);
    assert.match(
      String(refused.detail),
      /^project-orders is paused since .*Z by unknown: The list is being checked\.$/,
    );
    await turn('resume', {});
    assert.equal((await act('start', json.redriveId)).json.status, 'running');
  });

  it('says what each member would do', async () => {
    const { plan, fail, place, store, ports } = redriveWorld();
    const [pending, unknown, sent] = [
      await place({ orderId: 'p' }),
      await place({ orderId: 'u' }),
      await place({ orderId: 's' }),
    ];
    const setStatus = async (notificationId: string, status: string) => {
      const row = [...store.states.values()].find(({ key }) => key.part?.id === notificationId) ?? assert.fail();
      const state = { ...Object(row.stored.state), status };
      const { schemaVersion, version } = row.stored;
      await store.statesOf({ name: 'notification', written: 1, readable: 1, upgrades: {} }).replace(row.key, version, {
        schemaVersion,
        version: version + 1,
        state,
      });
    };
    await setStatus(unknown.notificationId, 'UNKNOWN');
    await setStatus(sent.notificationId, 'SENT');
    const done = aLetter('done');
    const cause = { subscriber: 'project-orders', transitionId: 'done', metadata: { correlationId: 'c' } };
    const key = { tenant: 'acme', type: 'order', id: 'done' };
    await executeTransition({ decider: counter, key, command: { type: 'Add', amount: 1 } }, cause, ports());
    assert.ok(
      [...store.outbox.values()].some(({ commandId }) => commandId === messageCommandId('project-orders', 'done')),
    );
    const { message: _message, ...strange } = aLetter('strange').letter;
    for (const letter of [
      ...[pending, unknown, sent].map(({ notificationId }) => aRequest(notificationId)),
      aRequest('order_nothing_1-1'),
      done,
      { letter: strange },
      aLetter('gone', { subscriber: 'bill-orders' }),
      aLetter('newer', { subscriber: 'send-email', type: 'counterfoil.notification.requested.v9' }),
      aLetter('other', { subscriber: 'send-email' }),
    ])
      await fail(letter);
    const { json } = await plan({ selection: { tenant: 'acme' }, dryRun: true });
    assert.partialDeepStrictEqual(json, {
      plan: {
        members: 8,
        counts: { handled: 1, alreadyDone: 2, unknown: 1, dropped: 4 },
        dropped: [
          { reason: 'NO_SUCH_NOTIFICATION', count: 1 },
          { reason: 'SUBSCRIBER_UNKNOWN', count: 1 },
          { reason: 'NEWER_VERSION', count: 1 },
          { reason: 'UNKNOWN_TYPE', count: 1 },
        ],
      },
    });
    const all = await plan({ selection: { reason: 'GIVEN_UP' }, dryRun: true });
    assert.partialDeepStrictEqual(all.json, { plan: { members: 9, counts: { dropped: 5 } } });
    assert.match(JSON.stringify(all.json), /NO_MESSAGE/);
  });

  it('reads the row of a request with long data, and plans a member once that is in two lists', async () => {
    const id = 'order_nothing_1-1';
    const data = { notificationId: id, channel: 'email', note: 'n'.repeat(500) };
    const request = aLetter(id, { subscriber: 'send-email', type: NOTIFICATION_REQUESTED, data });
    const world = redriveWorld();
    const again = redriveWorld({
      letterReader: {
        lettersIn: async () => [{ deadLetterId: request.deadLetterId, openedAt: world.clock.now() }],
        lettersAt: memoryLetterReader(world.store).lettersAt,
      },
    });
    for (const letter of [request, aLetter('o1')]) {
      await world.fail(letter);
      await again.fail(letter);
    }
    const { json } = await world.plan({ selection: { subscriber: 'send-email' }, dryRun: true });
    const dropped = [{ reason: 'NO_SUCH_NOTIFICATION', count: 1 }];
    assert.partialDeepStrictEqual(json, { plan: { members: 1, counts: { dropped: 1 }, dropped } });
    const { json: both } = await again.plan({ selection: { reason: 'GIVEN_UP' }, dryRun: true });
    assert.partialDeepStrictEqual(both, { plan: { members: 1, counts: { dropped: 1 }, dropped } });
  });

  it('is only shown with dryRun: nothing is kept', async () => {
    const { plan, get, store } = await withLetters();
    const before = store.states.size;
    const { status, json } = await plan({ ...ORDERS, dryRun: true });
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(json), ['plan']);
    assert.equal(store.states.size, before);
    assert.deepEqual((await get('GET /redrives')).json, { redrives: [] });
  });

  it('is made once for one key, and a repetition does not touch its set', async () => {
    const { plan, fail, store } = await withLetters();
    const first = await plan(ORDERS, 'same');
    await fail(aLetter('o3'));
    const rows = store.states.size;
    assert.deepEqual(await plan(ORDERS, 'same'), first);
    assert.equal(store.states.size, rows);
    assert.equal((await plan({ selection: { reason: 'GIVEN_UP' } }, 'same')).json.code, 'IDEMPOTENCY_CONFLICT');
  });

  it('refuses a selection that cannot be redriven, with one sentence, and writes nothing', async () => {
    const { plan, ids, store, commands: _commands, act: _act } = await withLetters();
    const [open = '', closed = ''] = ids;
    await store.changeDeadLetter(closed, (before) => before && { ...before, status: 'discarded' });
    const before = store.states.size;
    const refusals = async (selection: object, more: object = {}) => {
      const { status, json } = await plan({ selection, ...more });
      const errors = (json.errors as { path: string; code: string }[] | undefined)?.map(
        ({ path, code }) => `${path} ${code}`,
      );
      return [status, json.code, ...(errors ?? [])];
    };
    const invalid = (...errors: string[]) => [400, 'VALIDATION_FAILED', ...errors];
    assert.deepEqual(await refusals({ reason: 'NEVER' }), [422, 'NOTHING_SELECTED']);
    assert.deepEqual(await refusals({ tenant: 'nobody' }), [422, 'NOTHING_SELECTED']);
    assert.deepEqual(await refusals({ ids: ['a'.repeat(26)] }), [404, 'DEAD_LETTER_NOT_FOUND']);
    assert.deepEqual(await refusals({ ids: [open, closed] }), [409, 'DEAD_LETTER_NOT_OPEN']);
    assert.deepEqual(await refusals({}), invalid('/selection SELECTION_EMPTY'));
    assert.deepEqual(await refusals({ ids: [open], reason: 'GIVEN_UP' }), invalid('/selection/ids IDS_WITH_FILTERS'));
    assert.deepEqual(await refusals({ ids: [open, open] }), invalid('/selection/ids DUPLICATE_ENTRIES'));
    assert.deepEqual(await refusals({ reason: 'GIVEN_UP', colour: 'red' }), invalid('/selection/colour UNKNOWN_FIELD'));
    const range = { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' };
    assert.deepEqual(await refusals(range), invalid('/selection/from RANGE_REVERSED'));
    const few = { reason: 'GIVEN_UP' };
    assert.equal((await refusals(few, { ratePerSecond: 0 }))[0], 400);
    assert.equal((await refusals(few, { ratePerSecond: 501 }))[0], 400);
    assert.equal((await refusals(few, { stopAbove: 1.5 }))[0], 400);
    assert.deepEqual(await refusals(few, { canary: [10, 10] }), invalid('/canary NOT_INCREASING'));
    assert.equal((await refusals(few, { canary: [0] }))[0], 400);
    assert.equal(store.states.size, before);
  });
});

describe('a redrive', () => {
  it('is started, paused, resumed and stopped, each with an audit entry of its own', async () => {
    const { act, get, planned } = await withLetters();
    const redriveId = await planned();
    const statuses = [];
    for (const verb of ['start', 'pause', 'resume', 'stop']) {
      const { status, json } = await act(verb, redriveId);
      assert.ok(v.is(redriveSchema, json));
      statuses.push([status, json.status]);
    }
    assert.deepEqual(statuses, [
      [200, 'running'],
      [200, 'paused'],
      [200, 'running'],
      [200, 'stopped'],
    ]);
    const { entries } = (await get('GET /audit')).json as {
      entries: { action: string; redriveId: string; count: number }[];
    };
    assert.deepEqual(
      entries.map(({ action, redriveId: id, count }) => [action, id, count]).sort(),
      ['pause', 'plan', 'resume', 'start', 'stop'].map((verb) => [`${verb}-redrive`, redriveId, 2]),
    );
    const { json } = await get('GET /redrives');
    assert.ok(v.is(redrivesSchema, json));
    assert.deepEqual(
      json.redrives.map((one) => [one.redriveId, one.status]),
      [[redriveId, 'stopped']],
    );
  });

  it('has its groups alone: the second person is told who has them, until the first redrive ends', async () => {
    const { act, planned } = await withLetters();
    const [first, second] = [await planned(), await planned()];
    await act('start', first);
    const refused = await act('start', second, {}, 'again');
    assert.equal(refused.status, 409);
    assert.equal(refused.json.code, 'REDRIVE_IN_PROGRESS');
    assert.match(String(refused.json.detail), new RegExp(`The redrive ${first} of unknown is running`));
    await act('pause', first);
    assert.equal((await act('start', second, {}, 'again')).json.code, 'REDRIVE_IN_PROGRESS');
    await act('stop', first);
    assert.equal((await act('start', second, {}, 'again')).json.status, 'running');
    assert.equal((await act('start', first)).json.code, 'REDRIVE_STARTED');
  });

  it('of two that start at the same time, one runs', async () => {
    const { act, planned } = await withLetters();
    const ids = [await planned(), await planned(), await planned()];
    const answers = await Promise.all(ids.map((id) => act('start', id)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409]);
  });

  it('refuses what does not fit, and an id that no redrive has', async () => {
    const { act, get, planned, clock } = await withLetters();
    const redriveId = await planned();
    assert.equal((await act('pause', redriveId)).json.code, 'REDRIVE_NOT_RUNNING');
    clock.advance(3_600_001);
    assert.equal((await act('start', redriveId)).json.code, 'PLAN_EXPIRED');
    assert.equal((await act('start', 'a'.repeat(26))).status, 404);
    assert.equal((await act('stop', 'x')).status, 404);
    assert.equal((await get('GET /redrives/{redriveId}', { redriveId: 'x' })).status, 404);
    assert.equal((await get('GET /redrives/{redriveId}', { redriveId }, { cursor: '-1' })).status, 400);
  });

  it('names the members that failed again or were skipped, page by page', async () => {
    const world = await withLetters();
    const { act, get, planned, store, ids, ports } = world;
    const redriveId = await planned();
    await act('start', redriveId);
    const stored = (await store.statesOf(REDRIVE).read(redriveKey(redriveId))) ?? assert.fail();
    const key = chunkKey(stored.state.set.id, 0);
    const chunk = (await store.statesOf(REDRIVE_CHUNK).read(key)) ?? assert.fail();
    const members = `${ids[0]} 1 handled failedAgain:GIVEN_UP\n${ids[1]} 1 handled skipped:FAILED_SINCE`;
    await store.statesOf(REDRIVE_CHUNK).replace(key, chunk.version, {
      ...chunk,
      version: chunk.version + 1,
      state: { ...chunk.state, members },
    });
    const { json } = await get('GET /redrives/{redriveId}', { redriveId });
    assert.ok(v.is(redriveProgressSchema, json));
    assert.deepEqual(json.failedAgain, [
      { deadLetterId: ids[0], reason: 'GIVEN_UP', detail: 'It could not be handled.' },
    ]);
    assert.deepEqual(json.skipped, [{ deadLetterId: ids[1], reason: 'FAILED_SINCE' }]);
    assert.equal(json.nextCursor, undefined);
    const rest = await get('GET /redrives/{redriveId}', { redriveId }, { cursor: '1' });
    assert.deepEqual(rest.json.failedAgain, []);
    const end = { type: 'EndRedrive' } as const;
    const cause = { subscriber: 'run-redrive', transitionId: 'end', metadata: { correlationId: 'c' } };
    const terms = { actor: 'system', nonce: 'end' };
    await executeTransition(
      { decider: redriveDecider, key: redriveKey(redriveId), command: end, terms },
      cause,
      ports(),
    );
    assert.equal((await get('GET /redrives/{redriveId}', { redriveId })).json.status, 'done');
  });
});
