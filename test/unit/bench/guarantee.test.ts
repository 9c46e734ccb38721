import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultPlan, KINDS } from '#test/bench/guarantee/fault-plan.ts';
import { judge, type Mail, medianOf, type Placed, type Remaining } from '#test/bench/guarantee/judge.ts';

const NOTHING: Remaining = { unsent: [], stored: [] };
const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
const accepted = (name: string, seconds = 0): Placed => ({
  email: `${name}@example.com`,
  orderId: `order-${name}`,
  acceptedAtMs: seconds * 1000,
});
const mailTo = (name: string, seconds = 1): Mail => ({ to: [`${name}@example.com`], at: at(seconds) });
const none = { lost: 0, stuck: 0, doubled: 0, phantom: 0 };

describe('The judge of the guarantee', () => {
  it('finds nothing wrong with one mail for each accepted order', () => {
    const verdict = judge([accepted('ada'), accepted('bob', 3)], [mailTo('bob', 5), mailTo('ada')], NOTHING);
    assert.deepEqual(verdict, { ...none, orders: 2, accepted: 2, delaysMs: [1000, 2000] });
  });

  it('counts an accepted order without an e-mail as lost, unless a queue or a row shows that it was not sent', () => {
    const placed = [accepted('ada'), accepted('bob'), accepted('eve')];
    const unsent = ['{"order":{"orderId":"order-bob"}}', '{"to":"eve@example.com"}'];
    // A stored order is no evidence of its e-mail.
    const stored = ['{"orderId":"order-ada","email":"ada@example.com"}'];
    assert.deepEqual(judge(placed, [], { unsent, stored }), {
      ...none,
      orders: 3,
      accepted: 3,
      lost: 1,
      stuck: 2,
      delaysMs: [],
    });
  });

  it('does not count an order as stuck if its e-mail arrived, whatever remains of it', () => {
    const { stuck, lost } = judge([accepted('ada')], [mailTo('ada')], { ...NOTHING, unsent: ['order-ada'] });
    assert.deepEqual([stuck, lost], [0, 0]);
  });

  it('counts a doubled order once, however many mails it has, and its delay to the first', () => {
    const mails = [mailTo('ada', 9), mailTo('ada', 4), mailTo('ada', 5)];
    assert.deepEqual(judge([accepted('ada', 2)], mails, NOTHING), {
      ...none,
      orders: 1,
      accepted: 1,
      doubled: 1,
      delaysMs: [2000],
    });
  });

  it('measures an e-mail that left before its order was answered', () => {
    assert.deepEqual(judge([accepted('ada', 2)], [mailTo('ada', 1)], NOTHING).delaysMs, [-1000]);
  });

  it('counts an e-mail as phantom if its order was not acknowledged and is in no table', () => {
    const placed = [{ email: 'ada@example.com' }, { email: 'bob@example.com' }];
    const stored = ['{"contact":{"email":"bob@example.com"}}'];
    assert.deepEqual(judge(placed, [mailTo('ada'), mailTo('bob')], { unsent: [], stored }), {
      ...none,
      orders: 2,
      accepted: 0,
      phantom: 1,
      delaysMs: [],
    });
  });
});

describe('The median', () => {
  it('is the middle one, the mean of the two in the middle, or none', () => {
    assert.equal(medianOf([30, 1, 2]), 2);
    assert.equal(medianOf([4, 1, 30, 2]), 3);
    assert.equal(medianOf([7]), 7);
    assert.equal(medianOf([]), undefined);
  });
});

describe('The plan of faults', () => {
  it('has every kind for every service, and names no function', () => {
    const rules = faultPlan(0.02);
    const services = [...new Set(rules.map(({ service }) => service))];
    assert.deepEqual(services, ['dynamodb', 'sns', 'sesv2', 'sqs', 'secretsmanager']);
    for (const service of services) {
      assert.deepEqual(
        rules.filter((rule) => rule.service === service).map(({ fault }) => fault),
        [...KINDS],
      );
    }
    assert.ok(rules.every((rule) => rule.function === undefined && rule.probability === 0.02));
  });
});
