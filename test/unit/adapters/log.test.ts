import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { invocable, powertoolsLog } from '#shared/adapters/aws/log.ts';
import { Failure } from '#shared/messaging/failure.ts';
import { addLogFields, withLogFields } from '#shared/once/log-context.ts';

type Line = [level: string, message: string, fields: Record<string, unknown>];

class OwnFailure extends Failure {
  readonly code = 'OWN';
  readonly retriable = false;
  readonly next = 'Nothing.';
}

describe('a line of the log', () => {
  let lines: Line[];
  beforeEach(() => {
    lines = [];
    for (const level of ['info', 'warn', 'error'] as const) {
      mock.method(Logger.prototype, level, (message: string, fields: Record<string, unknown>) => {
        lines.push([level, message, fields]);
      });
    }
  });
  afterEach(() => mock.restoreAll());

  const context = { awsRequestId: 'invocation-1' } as Context;

  it('says the invocation and what is being handled, each of several at once its own', async () => {
    const log = powertoolsLog();
    const handle = (id: string) =>
      withLogFields({ messageId: id }, async () => {
        await Promise.resolve();
        addLogFields({ correlationId: `of ${id}` });
        await Promise.resolve();
        log.info('handled', { more: 1 });
      });
    await invocable(log, async () => {
      await Promise.all([handle('a'), handle('b')]);
      log.warn('all done');
    })(undefined, context);
    const invocation = { function_request_id: 'invocation-1' };
    assert.deepEqual(lines, [
      ['info', 'handled', { ...invocation, messageId: 'a', correlation_id: 'of a', more: 1 }],
      ['info', 'handled', { ...invocation, messageId: 'b', correlation_id: 'of b', more: 1 }],
      ['warn', 'all done', invocation],
    ]);
  });

  it('says an error by name and place; what it said is repeated nowhere, not even to Lambda', async () => {
    const log = powertoolsLog();
    const failing = invocable(log, async () => {
      throw Object.assign(new TypeError('no ada@example.com'), { Item: { email: 'ada@example.com' } });
    });
    await assert.rejects(failing(undefined, context), (error: Error) => {
      assert.equal(error.name, 'InvocationFailed');
      assert.doesNotMatch(JSON.stringify({ ...error, message: error.message, stack: error.stack }), /ada@/);
      return true;
    });
    const text = JSON.stringify(lines);
    assert.match(text, /TypeError/);
    assert.match(text, /log\.test\.ts/);
    assert.doesNotMatch(text, /ada@/);
  });

  it('lets a failure of our own through: whoever invoked the function is told what it says', async () => {
    const failure = new OwnFailure('what is wrong');
    await assert.rejects(
      invocable(powertoolsLog(), () => Promise.reject(failure))(undefined, context),
      (error) => error === failure,
    );
  });
});
