import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareAnswer, withRealIds } from './answers.ts';

const NONE = new Map<string, string>();
const isEqual = (printed: string, real: string): boolean => compareAnswer(printed, real, NONE).faults.length === 0;

describe('an answer', () => {
  it('has to be the printed one', () => {
    assert.ok(isEqual('{"status":"SENT","lines":[]}', '{"status":"SENT","lines":[]}'));
    assert.ok(!isEqual('{"status":"SENT"}', '{"status":"PENDING"}'));
    assert.ok(!isEqual('{"status":"SENT"}', '{"status":"SENT","version":1}'));
    assert.ok(!isEqual('{"status":"SENT","version":1}', '{"status":"SENT"}'));
    assert.ok(!isEqual('{"count":1}', '{"count":2}'));
    assert.ok(!isEqual('{"lines":[]}', '{"lines":[1]}'));
    assert.ok(!isEqual('[1,2]', '[1]'));
    assert.ok(!isEqual('{"message":"Forbidden"} 403', '{"message":"Forbidden"} 401'));
    assert.ok(!isEqual('204', '204\nmore'));
    assert.ok(!isEqual('204', ''));
  });

  it('may have other line breaks and another order of members', () => {
    assert.ok(isEqual('{"a":1,\n  "b":{"c":2}}', '{"b":{"c":2},"a":1}'));
  });

  it('has its head compared by line, and its body as JSON', () => {
    const head = 'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ndate: today\r\n\r\n';
    assert.ok(isEqual('HTTP/1.1 201 Created\n…\n\n{"a":1,\n "b":2}', `${head}{"a":1,"b":2}`));
    assert.ok(!isEqual('HTTP/1.1 200 OK\n…\n\n{"a":1,"b":2}', `${head}{"a":1,"b":2}`));
    assert.ok(!isEqual('HTTP/1.1 201 Created\n…\n\n{"a":1}', `${head}{"a":1,"b":2}`));
  });

  it('may have anything where the page has an ellipsis, and nowhere else', () => {
    assert.ok(isEqual('{"a":1,…}', '{"a":1,"b":2}'));
    assert.ok(!isEqual('{"a":1,…}', '{"a":2,"b":2}'));
    assert.ok(isEqual('[1,…]', '[1,2,3]'));
    assert.ok(!isEqual('[1,…]', '[2,3]'));
    assert.ok(isEqual('"Dear Ada, …"', '"Dear Ada, hello"'));
    assert.ok(!isEqual('"Dear Ada, …"', '"Dear Eve, hello"'));
    assert.ok(isEqual('first\n…\nlast', 'first\nsecond\nthird\nlast'));
    assert.ok(!isEqual('first\n…\nlast', 'first\nsecond'));
  });

  it('may have another timestamp, id, port or duration, of the same shape', () => {
    assert.ok(isEqual('"2026-11-21T12:30:08.174Z"', '"2027-01-02T03:04:05.006Z"'));
    assert.ok(!isEqual('"2026-11-21T12:30:08.174Z"', '"yesterday"'));
    assert.ok(isEqual('"http://127.0.0.1:4001"', '"http://127.0.0.1:38769"'));
    assert.ok(!isEqual('"http://127.0.0.1:4001"', '"http://127.0.0.2:38769"'));
    assert.ok(isEqual('{"durationMs":3}', '{"durationMs":12}'));
    assert.ok(!isEqual('{"duration":3}', '{"duration":12}'));
    assert.ok(isEqual('{"erasureId":"56rn5n6e5lakku4f3lhwtjy3n2"}', '{"erasureId":"aaaaaaaaaaaaaaaaaaaaaaaaaa"}'));
    assert.ok(!isEqual('{"orderId":"56rn5n6e5lakku4f3lhwtjy3n2"}', '{"orderId":"aaaaaaaaaaaaaaaaaaaaaaaaaa"}'));
  });

  it('may have progress lines, which a slow start prints', () => {
    assert.ok(isEqual('Ready at port 1', 'Starting for 4 s; waiting for DynamoDB\nReady at port 1'));
    assert.ok(!isEqual('Ready at port 1', 'Starting for 4 s; waiting for DynamoDB\nReady at port 2'));
  });

  it('repeats the ids that the page repeats, and gives them to later commands', () => {
    const [printed, real, other] = [
      '6e461d48-298d-4ac7-a2dc-419c0fd20bd8',
      '4f21d127-27f0-4759-9489-c5a528c2c0a1',
      'dccf0c55-5475-4215-b38f-d79456d6b080',
    ];
    const { faults, ids } = compareAnswer(`{"id":"${printed}"}`, `{"id":"${real}"}`, NONE);
    assert.deepEqual([faults, [...ids]], [[], [[printed, real]]]);
    assert.deepEqual(compareAnswer(`{"id":"${printed}"}`, `{"id":"${real}"}`, ids).faults, []);
    assert.equal(compareAnswer(`{"id":"${printed}"}`, `{"id":"${other}"}`, ids).faults.length, 1);
    assert.ok(!isEqual(`${printed} ${printed}`, `${real} ${other}`));
    assert.equal(withRealIds(`curl $API/x/${printed}`, ids), `curl $API/x/${real}`);
  });
});
