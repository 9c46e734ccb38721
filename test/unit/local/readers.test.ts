import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import * as v from 'valibot';
import { codeOf, messageOf, stackOf, wholeMessageOf } from '#infra/local/base/failure.ts';
import { isJson, isJsonObject, isRecord } from '#infra/local/base/json.ts';
import { portOf } from '#infra/local/base/listening.ts';
import { readAs } from '#infra/local/base/read.ts';
import { extractCapacity } from '#infra/local/gateway/capacity.ts';
import { answerOf } from '#infra/local/http/answer.ts';
import { openCheckpoint } from '#infra/local/mappings/checkpoint.ts';
import { isEnvironmentMessage, isInvocation } from '#infra/local/runner/protocol.ts';
import { loadAssembly } from '#infra/local/template/assembly.ts';

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-readers-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const withFile = (name: string, content: unknown): string => {
  writeFileSync(join(folder, name), JSON.stringify(content));
  return join(folder, name);
};

describe('Readers of the local cloud', () => {
  it('tell objects from everything else', () => {
    const values = [{}, { a: 1 }, [], null, undefined, 'text', 1];
    assert.deepEqual(values.map(isRecord), [true, true, false, false, false, false, false]);
    assert.ok(isJsonObject({ a: null }) && !isJsonObject([1]) && !isJsonObject(undefined));
  });

  it('tell JSON from everything else, at any depth', () => {
    assert.ok(isJson({ a: [null, 1, 'x', { b: false }] }));
    for (const value of [undefined, () => 1, 1n, { a: [undefined] }, [Symbol('s')]]) assert.ok(!isJson(value));
  });

  it('name the value and every fault in it', () => {
    const schema = v.object({ a: v.string(), b: v.object({ c: v.number() }) });
    assert.deepEqual(readAs(schema, { a: 'x', b: { c: 1 } }, 'The file'), { a: 'x', b: { c: 1 } });
    const faulty = { code: 'CANNOT_RUN', message: 'The file cannot be read: a is missing, b.c must be number.' };
    assert.throws(() => readAs(schema, { b: { c: 'x' } }, 'The file'), faulty);
  });

  it('describe anything that was thrown', () => {
    const error = Object.assign(new Error('first\nsecond'), { code: 'ENOENT' });
    assert.deepEqual([messageOf(error), wholeMessageOf(error), codeOf(error)], ['first', 'first\nsecond', 'ENOENT']);
    assert.match(stackOf(error), /readers\.test/);
    assert.deepEqual([messageOf('text'), stackOf('text'), codeOf('text')], ['text', 'text', undefined]);
    assert.equal(codeOf(Object.assign(new Error('x'), { code: 1 })), undefined);
  });

  it('know no port of a server that does not listen', () => {
    assert.throws(() => portOf(createServer()), /does not listen/);
  });

  it('refuse a checkpoint and an assembly of another shape, and name the file', () => {
    const checkpoint = withFile('checkpoint.json', { sequence: 1 });
    assert.throws(() => openCheckpoint(checkpoint), {
      code: 'CANNOT_RUN',
      message: `The checkpoint ${checkpoint} cannot be read: sequenceNumber is missing.`,
    });
    const manifest = withFile('manifest.json', { artifacts: { stack: { type: 1 } } });
    assert.throws(() => loadAssembly(folder), {
      code: 'CANNOT_RUN',
      message: `${manifest} cannot be read: artifacts.stack.type must be string.`,
    });
  });
});

describe('Messages between the runner and an environment', () => {
  const error = { errorType: 'Error', errorMessage: 'x', trace: [] };
  const messages: [message: unknown, isValid: boolean][] = [
    [{ type: 'ready' }, true],
    [{ type: 'broken', error }, true],
    [{ type: 'broken' }, false],
    [{ type: 'done', requestId: 'r', payload: 'null', cpuMs: 1.5 }, true],
    [{ type: 'done', requestId: 'r', payload: 'null' }, false],
    [{ type: 'done', requestId: 'r', payload: null, cpuMs: 1 }, false],
    [{ type: 'failed', requestId: 'r', cpuMs: 0, error }, true],
    [{ type: 'failed', error }, false],
    [{ type: 'failed', requestId: 'r', cpuMs: 0, error: { ...error, trace: [1] } }, false],
    [{ type: 'other', requestId: 'r' }, false],
    [null, false],
    ['ready', false],
  ];
  for (const [message, isValid] of messages)
    it(`${JSON.stringify(message)} is ${isValid ? '' : 'not '}one of an environment`, () => {
      assert.equal(isEnvironmentMessage(message), isValid);
    });

  it('an invocation has an id and a deadline, and may have no event', () => {
    assert.ok(isInvocation({ requestId: 'r', deadlineMs: 1, event: {} }));
    assert.ok(isInvocation({ requestId: 'r', deadlineMs: 1 }));
    for (const other of [{ requestId: 'r' }, { deadlineMs: 1 }, null, 'text']) assert.ok(!isInvocation(other));
  });
});

describe('The answer for a result of a function', () => {
  const statuses: [result: unknown, status: number][] = [
    [{ statusCode: 201 }, 201],
    [{ statusCode: '201', headers: { A: 1 }, cookies: ['a=b'], body: 'x' }, 201],
    [{ statusCode: 99 }, 500],
    [{ statusCode: 600 }, 500],
    [{ statusCode: 200.5 }, 500],
    [{ statusCode: 'x' }, 500],
    [{ statusCode: undefined }, 500],
    [{ statusCode: 200, body: null }, 500],
    [{ statusCode: 200, body: {} }, 500],
    [{ orderId: 1 }, 200],
    [null, 200],
    ['text', 200],
  ];
  for (const [result, status] of statuses)
    it(`${JSON.stringify(result)} is a ${status}`, () => assert.equal(answerOf(result).status, status));
});

describe('The capacity in an answer', () => {
  const operation = { name: 'PutItem', input: {}, grants: [] };
  const unitsOf = (ConsumedCapacity: unknown) =>
    extractCapacity(operation, 200, Buffer.from(JSON.stringify({ ConsumedCapacity }))).units.writeUnits;

  it('is that of one table, of several, or none', () => {
    assert.equal(unitsOf({ TableName: 't', CapacityUnits: 2 }), 2);
    assert.equal(unitsOf([{ CapacityUnits: 2 }, { CapacityUnits: 3.5 }, {}]), 5.5);
    assert.deepEqual([unitsOf(undefined), unitsOf(null)], [0, 0]);
  });
});
