import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { writeOutputs } from '#infra/outputs.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { type OpsRun, ranOps, type ScriptedAnswer, scriptedStage } from '#test/support/ops.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

/** A local cloud with these answers. */
async function cloud(answers: Record<string, ScriptedAnswer>) {
  const { url, seen, close } = await scriptedStage(answers);
  const folder = temporaryFolder();
  open.push(close, () => removeFolder(folder));
  const places = { consoleUrl: url, endpoints: {}, tableName: 't', topicArn: 't', attachmentsBucket: 'b', queues: {} };
  writeOutputs(join(folder, 'outputs.json'), { apiUrl: url, ...places, tokens: { acme: 'of-acme' } });
  const run = (args: string[], options: OpsRun = {}) =>
    ranOps([...args, '--as', 'acme'], { environment: { DATA_DIR: folder }, width: Infinity, ...options });
  return { run, seen, url };
}

const ORDER = '5is3epjtfdpqmrpw7qi43cz6bz';
const entry = (second: number, type: string, more: object = {}) => ({
  ...{ at: `2026-11-30T11:00:0${second}.000Z`, kind: 'event', type, id: type, correlationId: 'c1', ...more },
});
const line = (second: number, message: string, fields: Record<string, unknown> = {}) => ({
  ...{ at: `2026-11-30T11:00:0${second}.500Z`, function: 'send-email', level: 'INFO', message },
  fields: { correlation_id: 'c1', span_id: 's', ...fields },
});
const timeline = {
  [`GET /orders/${ORDER}/timeline`]: { body: { entries: [entry(1, 'OrderPlaced'), entry(3, 'Sent')] } },
};
const lines = [line(2, 'Provider answered', { outcome: 'accepted', notificationId: `order_${ORDER}_1-1` })];

describe('a trace', () => {
  it('combines the timeline of an order with the logs of its requests, by time', async () => {
    const { run, seen } = await cloud(timeline);
    for (const id of [ORDER, `order_${ORDER}_1-1`]) {
      const { code, printed, remarks } = await run(['trace', id], { logs: { c1: lines } });
      assert.deepEqual([code, remarks], [0, '']);
      assert.deepEqual(printed.split('\n'), [
        'WHEN                      WHERE       WHAT               ABOUT',
        '2026-11-30T11:00:01.000Z  timeline    event OrderPlaced',
        `2026-11-30T11:00:02.500Z  send-email  Provider answered  outcome=accepted notificationId=order_${ORDER}_1-1`,
        '2026-11-30T11:00:03.000Z  timeline    event Sent',
        '',
        '2 entries of timelines, 1 line of logs.',
      ]);
    }
    assert.ok(seen.every(({ token }) => token === 'Bearer of-acme'));
  });

  it('finds the order of a request in the logs', async () => {
    const other = entry(4, 'OrderConfirmed', { correlationId: 'c2' });
    const { run } = await cloud({
      [`GET /orders/${ORDER}/timeline`]: { body: { entries: [entry(1, 'OrderPlaced'), other] } },
    });
    const { code, printed } = await run(['trace', 'c1'], { logs: { c1: lines } });
    assert.equal(code, 0);
    assert.match(printed, /event OrderPlaced/);
    assert.doesNotMatch(printed, /OrderConfirmed/);
  });

  it('shows the logs alone if the order belongs to another tenant', async () => {
    const { run } = await cloud({
      [`GET /orders/${ORDER}/timeline`]: { status: 404, body: { detail: 'There is no such order.' } },
    });
    const { code, printed } = await run(['trace', 'c1'], { logs: { c1: lines } });
    assert.equal(code, 0);
    assert.match(printed, /0 entries of timelines, 1 line of logs\.$/);
    assert.equal((await run(['trace', ORDER], { logs: { c1: lines } })).code, 5);
  });

  it('shows the timeline alone, with a remark, if the logs are not to be read', async () => {
    const { run, url } = await cloud(timeline);
    assert.match((await run(['trace', ORDER, '--no-logs'])).printed, /2 entries of timelines, 0 lines of logs\.$/);
    const args = ['trace', ORDER, '--url', url];
    const { code, printed, remarks } = await ranOps(args, { environment: { TOKEN: 't' } });
    assert.equal(code, 0);
    assert.match(printed, /0 lines of logs\.$/);
    assert.equal(remarks, 'The logs of an address are not known. Name the stage instead of --url.');
  });

  it('says so if nothing is known', async () => {
    const { run } = await cloud({});
    const { code, remarks } = await run(['trace', 'c9']);
    assert.equal(code, 5);
    assert.match(remarks, /^Nothing is known about c9\./);
  });
});
