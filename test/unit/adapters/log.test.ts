import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Context } from 'aws-lambda';
import { invocable, jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { Failure } from '#shared/messaging/failure.ts';
import { addLogFields, withLogFields } from '#shared/once/log-context.ts';
import { traceIdOf } from '#shared/once/trace.ts';

type Line = Record<string, unknown>;

class OwnFailure extends Failure {
  override readonly name = 'OwnFailure';
  readonly code = 'OWN';
  readonly retriable = false;
  readonly next = 'Nothing.';
}

describe('a line of the log', () => {
  /** A log with the lines that it has printed. */
  const logging = (variables: Record<string, string> = {}) => {
    const lines: Line[] = [];
    const environment = { POWERTOOLS_SERVICE_NAME: 'send-email', ...variables };
    return { lines, log: jsonLog((line) => lines.push(line as Line), environment) };
  };
  const withoutTimes = (lines: Line[]): Line[] => lines.map(({ timestamp: _timestamp, ...line }) => line);

  const context = { awsRequestId: 'invocation-1' } as Context;

  it('contains time, level, message, service and the given fields', () => {
    const { lines, log } = logging();
    log.error('Not sent', { reason: 'THROTTLED' });
    assert.deepEqual(withoutTimes(lines), [
      { level: 'ERROR', message: 'Not sent', service: 'send-email', reason: 'THROTTLED' },
    ]);
    const { timestamp } = lines[0] ?? {};
    assert.equal(new Date(String(timestamp)).toISOString(), timestamp);
  });

  it('contains the trace of its own invocation, if it is traced', () => {
    const environment: Record<string, string> = {};
    const lines: Line[] = [];
    const log = jsonLog((line) => lines.push(line as Line), environment);
    log.info('not traced');
    environment._X_AMZN_TRACE_ID = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
    log.info('traced');
    assert.deepEqual(
      lines.map(({ xray_trace_id }) => xray_trace_id),
      [undefined, '1-5759e988-bd862e3fe1be46a994272793'],
    );
  });

  it('is printed only from the level on that was chosen, all of them if none was', () => {
    const printed = (variables: Record<string, string>): unknown[] => {
      const { lines, log } = logging(variables);
      for (const level of ['info', 'warn', 'error'] as const) log[level]('line');
      return lines.map(({ level }) => level);
    };
    assert.deepEqual(printed({}), ['INFO', 'WARN', 'ERROR']);
    assert.deepEqual(printed({ POWERTOOLS_LOG_LEVEL: 'DEBUG' }), ['INFO', 'WARN', 'ERROR']);
    assert.deepEqual(printed({ POWERTOOLS_LOG_LEVEL: 'WARN' }), ['WARN', 'ERROR']);
    assert.deepEqual(printed({ POWERTOOLS_LOG_LEVEL: 'SILENT' }), []);
  });

  it('contains its own invocation and message, also if several are handled at once', async () => {
    const { lines, log } = logging();
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
    const handled = { level: 'INFO', message: 'handled', service: 'send-email', function_request_id: 'invocation-1' };
    assert.deepEqual(withoutTimes(lines), [
      { ...handled, messageId: 'a', correlation_id: 'of a', trace_id: traceIdOf('of a'), more: 1 },
      { ...handled, messageId: 'b', correlation_id: 'of b', trace_id: traceIdOf('of b'), more: 1 },
      { ...handled, level: 'WARN', message: 'all done' },
    ]);
  });

  it('has the names of OpenTelemetry for the trace, and the trace of its message where that is another', () => {
    const { lines, log } = logging();
    withLogFields({ correlationId: 'c', traceId: '1'.repeat(32), spanId: '2'.repeat(16) }, () => log.info('handled'));
    const [{ correlation_id, trace_id, span_id } = {}] = lines;
    assert.deepEqual([correlation_id, trace_id, span_id], ['c', '1'.repeat(32), '2'.repeat(16)]);
  });

  it('contains an error’s name and place, and never its message, not even for Lambda', async () => {
    const { lines, log } = logging();
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

  it('passes on an error of ours, so that the caller of the function gets its message', async () => {
    const failure = new OwnFailure('what is wrong');
    await assert.rejects(
      invocable(logging().log, () => Promise.reject(failure))(undefined, context),
      (error) => error === failure,
    );
  });
});
