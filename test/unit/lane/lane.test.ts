import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { auditEntrySchema } from '#shared/dead-letter/responses.ts';
import { CIRCUIT, circuitKey } from '#shared/delivery/circuit.ts';
import { PAUSES, PAUSES_KEY } from '#shared/lane/pauses.ts';
import { type StatusView, type SubscriberView, statusSchema, subscribersSchema } from '#shared/lane/responses.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { memoryLanes } from '#test/support/lanes.ts';
import { createWorld } from '#test/support/world/world.ts';

type Problem = { code: string; detail: string };

async function world() {
  const { store, clock, log, queries, commands } = createWorld();
  const lanes = memoryLanes({
    store,
    clock,
    log,
    kinds: ['outbox', 'unknown', 'held'],
    due: {
      cappedGaugeOf: async (kind) => ({ ...(await store.gauge(kind)), isCapped: kind === 'held' }),
      channelsOf: async () => ({}),
    },
    circuits: store.statesOf(CIRCUIT),
    letterLists: store,
  });
  let keys = 0;
  const act = async (action: 'pause' | 'resume', subscriber: string, body: unknown, key = `key-${keys++}`) =>
    commands(
      httpEvent({
        routeKey: `POST /subscribers/{subscriber}/${action}`,
        tenant: 'operator',
        pathParameters: { subscriber },
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      }),
    );
  const ask = async <Answer>(path: string) =>
    bodyOf<Answer>(await queries(httpEvent({ routeKey: `GET ${path}`, tenant: 'operator' })));
  const subscribers = async () => {
    const list = await ask<{ subscribers: SubscriberView[] }>('/subscribers');
    assert.deepEqual(v.parse(subscribersSchema, list), list);
    return new Map(list.subscribers.map((one) => [one.subscriber, one]));
  };
  const stateOf = async (name: string) => (await subscribers()).get(name)?.state;
  await lanes.measure();
  return { store, clock, log, lanes, act, ask, subscribers, stateOf };
}

const WHY = { reason: 'The provider asked us to stop.', owner: 'mail team' };

describe('a pause of a subscriber', () => {
  it('is an intent first, then takes effect, and is shown with its reason, owner and actor', async () => {
    const { lanes, act, subscribers, clock } = await world();
    const answer = await act('pause', 'send-email', WHY);
    assert.equal(answer.statusCode, 202, answer.body);
    assert.deepEqual(v.parse(auditEntrySchema, bodyOf(answer)), bodyOf(answer));
    const since = new Date(clock.now()).toISOString();
    const { state, pause } = (await subscribers()).get('send-email') ?? assert.fail();
    assert.equal(state, 'pausing');
    assert.deepEqual(pause, {
      ...{ since, actor: 'unknown', ...WHY },
      losesMessagesFrom: new Date(clock.now() + 14 * 86_400_000).toISOString(),
    });
    assert.deepEqual(lanes.turned, []);
    await lanes.apply();
    assert.deepEqual(lanes.turned, ['send-email disabled']);
    const after = await subscribers();
    assert.deepEqual([after.get('send-email')?.state, after.get('project-orders')?.state], ['paused', 'running']);
  });

  it('ends with a resume, which leaves nothing behind after a few minutes', async () => {
    const { lanes, act, stateOf, store, clock } = await world();
    await act('pause', 'send-email', WHY);
    await lanes.apply();
    const answer = await act('resume', 'send-email', {});
    assert.equal(answer.statusCode, 202, answer.body);
    assert.equal(await stateOf('send-email'), 'resuming');
    await lanes.apply();
    await lanes.measure();
    assert.equal(await stateOf('send-email'), 'running');
    assert.deepEqual(lanes.turned, ['send-email disabled', 'send-email enabled']);
    clock.advance(300_000);
    await lanes.apply();
    assert.deepEqual((await store.statesOf(PAUSES).read(PAUSES_KEY))?.state, { subscribers: {} });
  });

  it('stays ended if an older run disables the mapping late', async () => {
    const { lanes, act, stateOf, log, clock } = await world();
    await act('pause', 'send-email', WHY);
    const { turn } = lanes.ports.mappings;
    const slow = {
      ...lanes.ports.mappings,
      turn: async (name: string, to: 'enabled' | 'disabled') => {
        // The next run overlaps with this one, and applies the resume first.
        await act('resume', 'send-email', {});
        await lanes.apply();
        await turn(name, to);
      },
    };
    await lanes.apply({ mappings: slow });
    await lanes.measure();
    assert.deepEqual([lanes.mappings.get('send-email'), await stateOf('send-email')], ['enabled', 'running']);
    assert.ok(log.lines.some(({ message }) => message === 'Resumed subscriber was disabled; it is enabled again'));
    lanes.mappings.set('send-email', 'disabled');
    clock.advance(60_000);
    await lanes.apply();
    assert.equal(lanes.mappings.get('send-email'), 'enabled');
  });

  it('can be revoked before it has taken effect', async () => {
    const { lanes, act, stateOf } = await world();
    await act('pause', 'send-email', WHY);
    await act('resume', 'send-email', {});
    await lanes.apply();
    await lanes.measure();
    assert.deepEqual([lanes.turned, await stateOf('send-email')], [[], 'running']);
  });

  it('is recorded once for each key, with an audit entry', async () => {
    const { act, ask, clock } = await world();
    const first = await act('pause', 'send-email', WHY, 'key');
    clock.advance(1000);
    const again = await act('pause', 'send-email', WHY, 'key');
    assert.deepEqual([again.body, again.headers['idempotency-replayed']], [first.body, 'true']);
    assert.equal((await act('pause', 'send-email', { reason: 'Another.' }, 'key')).statusCode, 422);
    await act('resume', 'send-email', { reason: 'Over.' });
    const { entries } = await ask<{ entries: { action: string; subscriber: string; reason: string }[] }>('/audit');
    assert.deepEqual(
      entries.map(({ action, subscriber, reason }) => [action, subscriber, reason]),
      [
        ['resume-subscriber', 'send-email', 'Over.'],
        ['pause-subscriber', 'send-email', WHY.reason],
      ],
    );
  });

  it('is refused in one sentence if there is nothing to do', async () => {
    const { act } = await world();
    const refused = async (response: ReturnType<typeof act>) => {
      const answer = await response;
      const { code, detail } = bodyOf<Problem>(answer);
      return [answer.statusCode, code, detail];
    };
    const missing = 'There is no subscriber with this name that can be paused.';
    for (const name of ['relay-outbox', 'send-pigeon', 'constructor', '../audit', ''])
      assert.deepEqual(await refused(act('pause', name, WHY)), [404, 'SUBSCRIBER_NOT_FOUND', missing], name);
    assert.deepEqual(await refused(act('resume', 'send-email', {})), [
      409,
      'SUBSCRIBER_NOT_PAUSED',
      'send-email is not paused.',
    ]);
    await act('pause', 'send-email', WHY);
    const [status, code, detail] = await refused(act('pause', 'send-email', { reason: 'Again.' }));
    assert.deepEqual([status, code], [409, 'SUBSCRIBER_PAUSED']);
    assert.match(String(detail), /^send-email is paused since 20\d\d-.*Z by unknown: The provider asked us to stop\.$/);
    for (const body of [{}, { reason: ' ' }, { reason: 'x', until: 'tomorrow' }, { reason: 1 }, []])
      assert.equal((await act('pause', 'project-orders', body)).statusCode, 400, JSON.stringify(body));
  });

  it('survives a deployment that enables the mapping, and an unavailable API of Lambda', async () => {
    const { lanes, act, log, stateOf } = await world();
    await act('pause', 'send-email', WHY);
    const broken = {
      stateOf: async () => 'enabled' as const,
      turn: () => Promise.reject(new Error('Lambda is not available.')),
    };
    await lanes.apply({ mappings: broken });
    assert.equal(await stateOf('send-email'), 'pausing');
    assert.ok(log.lines.some(({ message }) => message === 'Subscriber not switched; it is tried again'));
    await lanes.apply();
    assert.equal(await stateOf('send-email'), 'paused');
    lanes.mappings.set('send-email', 'enabled');
    await lanes.apply();
    assert.equal(lanes.mappings.get('send-email'), 'disabled');
    assert.ok(log.lines.some(({ message }) => message === 'Paused subscriber was running; it is paused again'));
  });

  it('waits while AWS is changing the mapping', async () => {
    const { lanes, act, stateOf } = await world();
    await act('pause', 'send-email', WHY);
    lanes.mappings.set('send-email', 'changing');
    await lanes.apply();
    assert.deepEqual([lanes.turned, await stateOf('send-email')], [[], 'pausing']);
  });

  it('leaves a mapping alone that another hand has disabled', async () => {
    const { lanes, stateOf } = await world();
    lanes.mappings.set('send-email', 'disabled');
    await lanes.apply();
    await lanes.measure();
    assert.deepEqual([lanes.turned, await stateOf('send-email')], [[], 'disabled']);
  });

  it('counts what has waited since an earlier pause', async () => {
    const { lanes, act, clock, subscribers } = await world();
    const days = async (count: number) => {
      clock.advance(count * 86_400_000);
      await lanes.measure();
    };
    await act('pause', 'send-email', WHY);
    lanes.queues.set('send-email', { waiting: 3, inFlight: 0, delayed: 0 });
    await days(0);
    const oldest = clock.now();
    await days(6);
    await act('resume', 'send-email', {});
    await act('pause', 'send-email', WHY);
    await days(1);
    const { pause } = (await subscribers()).get('send-email') ?? assert.fail();
    assert.equal(pause?.losesMessagesFrom, new Date(oldest + 14 * 86_400_000).toISOString());
    assert.deepEqual(lanes.gauges(), { SubscribersPaused: 1, OldestPause: 86_400, PauseRetentionUsed: 50 });
  });

  it('is reported in the gauges that alarms read', async () => {
    const { lanes, act, clock } = await world();
    assert.deepEqual(lanes.gauges(), { SubscribersPaused: 0, OldestPause: 0, PauseRetentionUsed: 0 });
    await act('pause', 'send-email', WHY);
    clock.advance(7 * 86_400_000);
    await act('pause', 'project-orders', WHY);
    await lanes.measure();
    assert.deepEqual(lanes.gauges(), { SubscribersPaused: 2, OldestPause: 7 * 86_400, PauseRetentionUsed: 50 });
  });
});

describe('the status of the lanes', () => {
  it('shows every lane with its figures, and how old they are', async () => {
    const { store, clock, lanes, act, ask } = await world();
    lanes.queues.set('send-email', { waiting: 7, inFlight: 2, delayed: 1 });
    await store.recordDeadLetter(
      { subscriber: 'send-email', id: 'envelope-1', reason: 'MALFORMED', detail: 'It is wrong.' },
      clock.now(),
    );
    const open = {
      status: 'open' as const,
      openedAt: clock.now(),
      because: 'ACCOUNT_PAUSED',
      probeAt: 0,
      refusedProbes: 0,
    };
    await store
      .statesOf(CIRCUIT)
      .replace(circuitKey('email'), 0, { schemaVersion: CIRCUIT.written, version: 1, state: open });
    await lanes.measure();
    const at = new Date(clock.now()).toISOString();
    await act('pause', 'send-email', { reason: 'A test.' });
    clock.advance(30_000);
    const status = await ask<StatusView>('/operations/status');
    assert.deepEqual(v.parse(statusSchema, status), status);
    const { subscribers, due, channels, ...totals } = status;
    assert.deepEqual(channels, [
      {
        ...{ channel: 'email', unknown: 0, held: 0, isCapped: false },
        circuit: { status: 'open', openedAt: at, because: 'ACCOUNT_PAUSED' },
      },
      { channel: 'sms', unknown: 0, held: 0, isCapped: false, circuit: { status: 'closed' } },
      { channel: 'webhook', unknown: 0, held: 0, isCapped: false },
    ]);
    assert.deepEqual(totals, {
      ...{ measuredAt: at, ageSeconds: 30 },
      ...{ paused: 1, unknown: 0, held: 0, dead: 1, isCapped: true },
    });
    const [, email] = subscribers;
    assert.deepEqual(email, {
      subscriber: 'send-email',
      state: 'pausing',
      pause: email?.pause,
      ...{ waiting: 7, inFlight: 2, delayed: 1, waitingSince: at },
      dead: { count: 1, isCapped: false, oldestAt: at },
      circuit: { status: 'open', openedAt: at, because: 'ACCOUNT_PAUSED' },
      retentionSeconds: 14 * 86_400,
    });
    assert.deepEqual(
      due.map(({ kind, count, overdueSeconds }) => [kind, count, overdueSeconds]),
      [
        ['held', 0, 0],
        ['outbox', 0, 0],
        ['unknown', 0, 0],
      ],
    );
  });

  it('keeps since when a queue is not empty, until it is seen empty', async () => {
    const { clock, lanes, subscribers } = await world();
    const seen = async (waiting: number) => {
      lanes.queues.set('send-email', { waiting, inFlight: 0, delayed: 0 });
      clock.advance(60_000);
      await lanes.measure();
      return (await subscribers()).get('send-email')?.waitingSince;
    };
    const first = await seen(3);
    assert.equal(first, new Date(clock.now()).toISOString());
    assert.equal(await seen(5), first);
    assert.equal(await seen(0), undefined);
    assert.equal(await seen(1), new Date(clock.now()).toISOString());
  });

  it('shows how fast a queue grows or drains', async () => {
    const { clock, lanes, subscribers } = await world();
    const seen = async (waiting: number, inFlight: number, seconds: number) => {
      lanes.queues.set('send-email', { waiting, inFlight, delayed: 0 });
      clock.advance(seconds * 1000);
      await lanes.measure();
      return (await subscribers()).get('send-email')?.changePerMinute;
    };
    assert.equal(await seen(100, 20, 60), 120);
    assert.equal(await seen(50, 10, 120), -30);
    assert.equal(await seen(50, 10, 60), 0);
    await lanes.measure({ queues: { figuresOf: () => Promise.reject(new Error('It is not available.')) } });
    assert.equal(await seen(70, 10, 60), undefined, 'the measurement before is missing');
  });

  it('shows what arrived and what was handled, in messages a minute', async () => {
    const { clock, lanes, subscribers } = await world();
    const seen = async (waiting: number, handled: number, seconds: number) => {
      lanes.queues.set('send-email', { waiting, inFlight: 0, delayed: 0 });
      lanes.handled['send-email'] = handled;
      clock.advance(seconds * 1000);
      await lanes.measure();
      const { inPerMinute, outPerMinute } = (await subscribers()).get('send-email') ?? assert.fail();
      return [inPerMinute, outPerMinute];
    };
    assert.deepEqual(await seen(40, 60, 60), [100, 60], 'nothing was handled before');
    assert.deepEqual(await seen(40, 300, 120), [120, 120]);
    assert.deepEqual(await seen(40, 300, 60), [0, 0]);
    assert.deepEqual(await seen(0, 310, 60), [0, 40], 'the count comes later than the queue gets shorter');
    await lanes.measure({ handled: { read: () => Promise.reject(new Error('It is not available.')) } });
    assert.deepEqual(await seen(10, 400, 60), [undefined, undefined], 'the measurement before has no count');
  });

  it('counts what is unknown and held by channels, of the oldest rows', async () => {
    const { lanes, ask } = await world();
    await lanes.measure({
      due: {
        cappedGaugeOf: async (kind) => ({ count: kind === 'held' ? 150 : 3, isCapped: false }),
        channelsOf: async (kind): Promise<Record<string, number>> =>
          kind === 'held' ? { email: 60, sms: 40 } : { sms: 1, webhook: 2 },
      },
    });
    const { channels, due } = await ask<StatusView>('/operations/status');
    assert.deepEqual(
      channels.map(({ channel, unknown, held, isCapped }) => [channel, unknown, held, isCapped]),
      [
        ['email', 0, 60, true],
        ['sms', 1, 40, true],
        ['webhook', 2, 0, true],
      ],
    );
    assert.deepEqual(due.find(({ kind }) => kind === 'unknown')?.changePerMinute, undefined);
  });

  it('shows what can be read if another figure cannot', async () => {
    const { lanes, subscribers, log, ask } = await world();
    const fails = () => Promise.reject(new Error('It is not available.'));
    await lanes.measure({
      queues: { figuresOf: fails },
      due: { cappedGaugeOf: fails, channelsOf: fails },
      mappings: { stateOf: fails },
    });
    const one = (await subscribers()).get('send-email');
    assert.deepEqual([one?.state, one?.waiting], ['unknown', undefined]);
    assert.deepEqual((await ask<StatusView>('/operations/status')).due, []);
    assert.ok(log.lines.some(({ message }) => message === 'Figure not read'));
  });

  it('is empty before the first measurement', async () => {
    const { queries } = createWorld();
    const status = bodyOf<StatusView>(await queries(httpEvent({ routeKey: 'GET /operations/status', tenant: 'o' })));
    assert.deepEqual(v.parse(statusSchema, status), status);
    assert.deepEqual(status.subscribers, []);
  });
});
