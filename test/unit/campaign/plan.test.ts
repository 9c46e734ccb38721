import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readInput } from '#infra/local/base/input.ts';
import { readFaultRules } from '#infra/local/gateway/faults.ts';
import { SINK_SETTINGS } from '#infra/local/sink/settings.ts';
import { settingsOf } from '#infra/stages.ts';
import { FUNCTION } from '#shared/names.ts';
import { CALLS, forgottenCalls, PAIRS, pairName } from '#test/faults/campaign/calls.ts';
import { countHits } from '#test/faults/campaign/hits.ts';
import { KILLED, planOf } from '#test/faults/campaign/plan.ts';
import type { Conditions } from '#test/faults/campaign/plan-faults.ts';
import type { FaultRule } from '#test/support/control.ts';

const SIZES = [12, 120, 2000];
const weathersOf = (orders: number): Conditions[] => {
  const { phases, lulls } = planOf({ seed: 7, orders });
  return [...phases, ...lulls];
};

/** The first rule that matches a call applies. */
const isAt = (rule: FaultRule) => (other: FaultRule) =>
  other.function === rule.function && other.service === rule.service && other.operation === rule.operation;

describe('The plan of a campaign', () => {
  it('follows from its seed', () => {
    assert.deepEqual(planOf({ seed: 7, orders: 300 }), planOf({ seed: 7, orders: 300 }));
    assert.notDeepEqual(planOf({ seed: 7, orders: 300 }), planOf({ seed: 8, orders: 300 }));
  });

  for (const orders of SIZES) {
    it(`brings every fault to every call, for ${orders} orders`, () => {
      const { phases } = planOf({ seed: 7, orders });
      const planned = new Set(
        phases.flatMap(({ rules }) =>
          rules.map(({ function: name = '', service, operation, fault }) =>
            pairName({ function: name, service, operation }, fault),
          ),
        ),
      );
      assert.deepEqual([...planned].toSorted(), [...PAIRS].toSorted());
      assert.deepEqual(
        phases.map(({ fromOrder }) => fromOrder),
        phases.map(({ fromOrder }) => fromOrder).toSorted((one, other) => one - other),
      );
      assert.ok(phases.every(({ fromOrder }) => fromOrder < orders));
    });
  }

  it('has every fault ready for a call that happens seldom, in each phase, another one first each time', () => {
    const { phases } = planOf({ seed: 7, orders: 2000 });
    const inTurn = phases.map(({ rules }) =>
      rules
        .filter(({ function: name, operation }) => name === 'wake-due' && operation === 'TransactWriteItems')
        .map(({ fault, times, probability }) => ({ fault, times, probability })),
    );
    for (const rules of inTurn) {
      assert.equal(new Set(rules.map(({ fault }) => fault)).size, 8);
      assert.ok(rules.every(({ probability }) => probability === undefined));
      assert.ok(rules.every(({ fault, times }) => times === (fault === 'transaction-conflict' ? 3 : 1)));
    }
    assert.equal(new Set(inTurn.map(([first]) => first?.fault)).size, 8);
  });

  it('begins, where something is done once in a table’s life, with the faults that leave it undone', () => {
    const once = CALLS.filter((call) => call.once);
    assert.ok(once.length > 0);
    const { phases } = planOf({ seed: 7, orders: 120 });
    for (const [{ rules }, call] of phases.flatMap((phase) => once.map((call) => [phase, call] as const))) {
      const faults = rules
        .filter(({ function: name, operation }) => name === call.function && operation === call.operation)
        .map(({ fault }) => fault);
      assert.deepEqual(faults.slice(0, 4).toSorted(), ['error', 'kill-before', 'refuse', 'throttle']);
      assert.equal(faults.length, 7);
    }
  });

  it('has every fault ready for a probe of the feed over its lulls, in each one at most that leaves it done', () => {
    const probed = planOf({ seed: 7, orders: 2000 }).lulls.map(({ rules }) =>
      rules
        .filter(({ function: name, service }) => name === 'wake-due' && service === 'sesv2')
        .map(({ fault }) => fault),
    );
    assert.equal(new Set(probed.flat()).size, 7);
    for (const faults of probed) {
      const done = faults.filter((fault) => ['lose-response', 'delay', 'kill-after'].includes(fault));
      assert.deepEqual(done, faults.slice(-1));
    }
  });

  it('asks for nothing that the local cloud would not take', () => {
    const functions = Object.values(FUNCTION);
    for (const { rules, sink } of SIZES.flatMap(weathersOf)) {
      assert.deepEqual(readFaultRules(rules, functions), { rules });
      assert.deepEqual(readInput(SINK_SETTINGS, sink), { value: sink });
    }
  });

  it('holds nothing back for longer than the stage allows for: a campaign finds faults of ours, not of its own', () => {
    const { email, timing } = settingsOf('local');
    const inFlightMs = (timing.providerTimeoutSeconds + timing.providerInFlightSeconds) * 1000;
    const reorderedMs = 2000;
    for (const { rules, sink } of SIZES.flatMap(weathersOf)) {
      for (const { delayMs = 0 } of rules) assert.ok(delayMs < inFlightMs);
      const { delayMs = 0, reorder = false } = sink.events?.Send ?? {};
      assert.ok(delayMs + (reorder ? reorderedMs : 0) < email.feedMarginSeconds * 1000);
    }
  });

  it('places each order once, for both tenants, some by text message and some that a provider refuses', () => {
    for (const size of SIZES) {
      const { orders, lulls } = planOf({ seed: 7, orders: size });
      const all = [...orders, ...lulls.flatMap((lull) => lull.orders)];
      assert.deepEqual(
        all.map(({ number }) => number),
        Array.from({ length: size }, (_, index) => index + 1),
      );
    }
    const { orders } = planOf({ seed: 7, orders: 2000 });
    assert.deepEqual(new Set(orders.map(({ tenant }) => tenant)), new Set(['acme', 'globex']));
    assert.ok(orders.every(({ tenant, stranger }) => tenant !== stranger));
    for (const trait of ['refused', 'bounced', 'twice', 'readByStranger', 'tooMuch'] as const)
      assert.ok(orders.some((order) => order[trait]) && !orders.every((order) => order[trait]), trait);
    assert.deepEqual(new Set(orders.map(({ changed }) => changed)), new Set(['never', 'at-once', 'later']));
    assert.ok(orders.some(({ items }) => items.length > 1));
    assert.equal(orders.filter(({ channels }) => channels.includes('sms')).length, 530);
  });

  it('changes the settings of each tenant, and replays the list, some of it stopped', () => {
    for (const size of SIZES) {
      const { looks, replays, orders } = planOf({ seed: 7, orders: size });
      for (const tenant of ['acme', 'globex']) {
        const own = looks.filter((one) => one.tenant === tenant);
        assert.deepEqual(
          own.map(({ look }) => look),
          own.map((_, index) => index + 1),
        );
        assert.deepEqual([own[0]?.afterOrder, own.length >= 3], [0, true]);
      }
      assert.ok(replays.length >= 2 && replays.some(({ stopAfterMs }) => stopAfterMs !== undefined));
      for (const { afterOrder } of [...looks, ...replays]) assert.ok(afterOrder < orders.length);
    }
    const { replays } = planOf({ seed: 7, orders: 2000 });
    assert.ok(replays.some(({ isFrom }) => isFrom) && replays.some(({ tenant }) => tenant !== undefined));
  });

  it('has operators who plan, pause, resume and stop redrives, discard, own, and pause subscribers, in every campaign', () => {
    for (const size of SIZES) {
      const { shifts, orders } = planOf({ seed: 7, orders: size });
      assert.equal(new Set(shifts.map(({ number }) => number)).size, shifts.length);
      for (const { afterOrder } of shifts) assert.ok(afterOrder < orders.length, String(afterOrder));
      for (const own of Map.groupBy(shifts, ({ person }) => person).values()) {
        const moments = own.map(({ afterOrder }) => afterOrder);
        assert.deepEqual(
          moments,
          moments.toSorted((one, other) => one - other),
        );
      }
      const tasks = shifts.map(({ task }) => task);
      const redrives = tasks.flatMap((task) => (task.kind === 'redrive' ? [task] : []));
      assert.deepEqual(new Set(tasks.map(({ kind }) => kind)), new Set(['redrive', 'own', 'discard', 'pause']));
      assert.ok(redrives.some(({ pause }) => pause !== undefined));
      assert.ok(redrives.some(({ stopAfterMs }) => stopAfterMs !== undefined));
      assert.ok(shifts.some(({ twice }) => twice));
    }
  });

  it('has poison of two kinds, and subscribers whose every call fails for a while', () => {
    for (const size of SIZES) {
      const { poison, phases } = planOf({ seed: 7, orders: size });
      assert.deepEqual(new Set(poison.map(({ reason }) => reason)), new Set(['NOT_JSON', 'MALFORMED']));
      assert.equal(new Set(poison.map(({ text }) => text)).size, poison.length);
      const failing = phases.flatMap(({ rules }) =>
        rules.filter((rule, at) => rule.probability === undefined && rules.findIndex(isAt(rule)) === at),
      );
      for (const name of [FUNCTION.projectOrders, FUNCTION.requestWebhooks, FUNCTION.runProcess])
        assert.ok(failing.some((rule) => rule.function === name && rule.service === 'dynamodb'));
    }
  });

  it('kills 24 processes in the course of 2000 orders, of each kind a third', () => {
    const { kills, orders } = planOf({ seed: 7, orders: 2000 });
    assert.equal(kills.length, 24);
    for (const killed of KILLED) assert.equal(kills.filter((kill) => kill.killed === killed).length, 8);
    const moments = kills.map(({ afterOrder }) => afterOrder);
    assert.deepEqual(
      moments,
      moments.toSorted((one, other) => one - other),
    );
    assert.ok(moments.every((moment) => moment < orders.length));
  });
});

describe('Calls', () => {
  it('that no rule is about are named, but for the polling of mappings', () => {
    const known = CALLS.map(({ function: name, service, operation }) => `${name} ${service} ${operation}`);
    assert.deepEqual(
      forgottenCalls([
        ...known,
        'send-email sqs ReceiveMessage',
        'send-email sqs DeleteMessageBatch',
        'relay-outbox dynamodbstreams GetRecords',
        'send-email dynamodb DeleteItem',
      ]),
      ['send-email dynamodb DeleteItem'],
    );
  });
});

describe('Hits', () => {
  it('are counted over all rules that there were, each look replacing the one before', () => {
    const hits = countHits();
    const rule = (fault: string, count: number) => ({
      function: 'send-email',
      service: 'sesv2',
      operation: 'SendEmail',
      fault,
      hits: count,
    });
    hits.take([rule('error', 1), rule('delay', 0)]);
    hits.take([rule('error', 3), rule('delay', 0)]);
    hits.renew();
    hits.take([rule('error', 2), rule('refuse', 1)]);
    const counted = [
      ['send-email sesv2 SendEmail error', 5],
      ['send-email sesv2 SendEmail refuse', 1],
    ];
    assert.deepEqual([...hits.byPair()], counted);
    assert.deepEqual([...hits.byPair()], counted);
  });
});
