import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LIMIT } from '#shared/once/limits.ts';
import { messageLogFields } from '#shared/once/message-log-fields.ts';
import { batchesOf } from '#shared/once/publish.ts';
import {
  spanIdOf,
  TRACEPARENT_BYTES,
  traceContextIn,
  tracedMessage,
  traceIdOf,
  withoutDerivedTraceparent,
} from '#shared/once/trace.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const VALID = `00-${TRACE_ID}-${PARENT_ID}-01`;
const ENVELOPE = {
  channel: 'email',
  specversion: '1.0',
  id: 'message-1',
  source: '/counterfoil/order',
  type: 'counterfoil.order.placed.v1',
  subject: 'order/o1',
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
  tenantid: 'acme',
  correlationid: 'mine-1',
  causationid: 'http#1',
  sequence: '1.1',
  data: { orderId: 'o1', text: 'Grüße \u2028' },
} as const;

describe('a traceparent', () => {
  it('is read if it is valid, also of a later version', () => {
    const context = { traceId: TRACE_ID, parentId: PARENT_ID, isSampled: true };
    for (const text of [`00-${TRACE_ID}-${PARENT_ID}-00`, `cc-${TRACE_ID}-${PARENT_ID}-fe`])
      assert.deepEqual(traceContextIn(text), { ...context, isSampled: false }, text);
    for (const text of [
      VALID,
      `00-${TRACE_ID}-${PARENT_ID}-ff`,
      `cc-${TRACE_ID}-${PARENT_ID}-01`,
      `cc-${TRACE_ID}-${PARENT_ID}-01-what-the-future-will-be-like`,
    ])
      assert.deepEqual(traceContextIn(text), context, text);
  });

  it('is ignored if the standard calls it invalid', () => {
    for (const text of [
      '',
      ' ',
      ` ${VALID}`,
      `${VALID} `,
      `${VALID}\n`,
      `${VALID}-`,
      `${VALID}-more`,
      `${VALID},${VALID}`,
      VALID.toUpperCase(),
      VALID.replace('00-', 'ff-'),
      VALID.replace('00-', '0-'),
      VALID.replaceAll('-', '_'),
      `00-${'0'.repeat(32)}-${PARENT_ID}-01`,
      `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
      `00-${TRACE_ID.slice(1)}-${PARENT_ID}-01`,
      `00-${TRACE_ID}0-${PARENT_ID}-01`,
      `00-${TRACE_ID}-${PARENT_ID}-1`,
      `00-${TRACE_ID}-${PARENT_ID}-0x`,
      `00-${TRACE_ID}-${PARENT_ID}`,
      `cc-${TRACE_ID}-${PARENT_ID}-01.more`,
      `cc-${TRACE_ID}-${PARENT_ID}-01-more\nlevel=ERROR`,
      `00-ada@example.com${'0'.repeat(17)}-${PARENT_ID}-01`,
    ])
      assert.equal(traceContextIn(text), undefined, JSON.stringify(text));
  });
});

describe('the trace id of a correlation id', () => {
  it('is the id itself if it is one, also if it is written as a UUID; otherwise it is a hash', () => {
    assert.equal(traceIdOf(TRACE_ID), TRACE_ID);
    assert.equal(traceIdOf('0af76519-16cd-43dd-8448-eb211c80319c'), TRACE_ID);
    for (const id of ['mine-1', TRACE_ID.toUpperCase(), '0'.repeat(32), 'é'.repeat(40), '-'.repeat(36)]) {
      assert.match(traceIdOf(id), /^[0-9a-f]{32}$/);
      assert.notEqual(traceIdOf(id), '0'.repeat(32));
      assert.equal(traceIdOf(id), traceIdOf(id));
    }
    assert.notEqual(traceIdOf('mine-1'), traceIdOf('mine-2'));
  });
});

describe('a published message', () => {
  const body = JSON.stringify(ENVELOPE);

  it('has the trace of its correlation id and a span of its own, and is otherwise what was committed', () => {
    const expected = `00-${traceIdOf('mine-1')}-${spanIdOf('message-1')}-01`;
    const traced = tracedMessage(body);
    assert.equal(traced.traceparent, expected);
    assert.equal(traced.body, body.replace('"data"', `"traceparent":"${expected}","data"`));
    assert.equal(Buffer.byteLength(traced.body) - Buffer.byteLength(body), TRACEPARENT_BYTES);
    assert.equal(JSON.stringify(withoutDerivedTraceparent(JSON.parse(traced.body))), body);
    assert.deepEqual(tracedMessage(traced.body), traced);
  });

  it('keeps the trace that it was committed with', () => {
    const committed = JSON.stringify({ ...ENVELOPE, traceparent: VALID });
    assert.deepEqual(tracedMessage(committed), { body: committed, traceparent: VALID });
    assert.equal(JSON.stringify(withoutDerivedTraceparent(JSON.parse(committed))), committed);
  });

  it('gives no header if it says something else there', () => {
    const hostile = JSON.stringify({ ...ENVELOPE, traceparent: `${VALID}\r\nx-injected: 1` });
    assert.deepEqual(tracedMessage(hostile), { body: hostile });
  });

  it('is not changed if it is no envelope of ours', () => {
    for (const text of ['', 'null', '[]', '{"n":1}', '{"n": 1}', 'to ada@example.com', '{"specversion":"2.0"}'])
      assert.deepEqual(tracedMessage(text), { body: text });
  });

  it('fits into a batch and into a message with the trace', () => {
    const publication = (size: number) => ({ key: 'k', body: 'x'.repeat(size), attributes: {}, groupId: 'acme' });
    const half = 128 * 1024;
    assert.equal(batchesOf([half, half].map(publication)).length, 2);
    assert.equal(batchesOf([half, half].map((size) => publication(size - TRACEPARENT_BYTES))).length, 1);
    assert.ok(LIMIT.messageBytes + TRACEPARENT_BYTES < 256 * 1024);
  });
});

describe('log lines about a message', () => {
  it('name its span, and its trace if that does not follow from its correlation id', () => {
    const spanId = spanIdOf('message-1');
    assert.deepEqual(messageLogFields(JSON.stringify(ENVELOPE)), { correlationId: 'mine-1', spanId });
    const ours = { ...ENVELOPE, subject: `order/${'a'.repeat(26)}` };
    assert.deepEqual(messageLogFields(JSON.stringify(ours)), {
      correlationId: 'mine-1',
      spanId,
      subject: ours.subject,
    });
    const foreign = JSON.stringify({ ...ENVELOPE, traceparent: VALID });
    assert.deepEqual(messageLogFields(foreign), { correlationId: 'mine-1', traceId: TRACE_ID, spanId });
  });

  it('contain nothing of a message that says something else there', () => {
    const hostile = { ...ENVELOPE, traceparent: 'ada@example.com\n{"level":"ERROR"}' };
    assert.deepEqual(Object.keys(messageLogFields(JSON.stringify(hostile))), ['correlationId', 'spanId']);
    assert.deepEqual(messageLogFields(JSON.stringify({ ...ENVELOPE, correlationid: 'ada@example.com' })), {});
    for (const subject of [
      'customer/ada-lovelace',
      'order/ada@example.com',
      'customer/Ada\n',
      `customer/${'A'.repeat(26)}`,
    ])
      assert.deepEqual(Object.keys(messageLogFields(JSON.stringify({ ...ENVELOPE, subject }))), [
        'correlationId',
        'spanId',
      ]);
    assert.deepEqual(messageLogFields(JSON.stringify({ ...ENVELOPE, correlationid: '+4366012345678' })), {});
    for (const text of ['', 'null', '[]', 'to ada@example.com', '{}']) assert.deepEqual(messageLogFields(text), {});
    assert.deepEqual(messageLogFields('{"correlationid":"mine-1"}'), { correlationId: 'mine-1' });
  });
});
