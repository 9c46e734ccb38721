import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { cloudWatchLogs } from '#infra/account/logs/cloudwatch-logs.ts';
import { localLogs } from '#infra/account/logs/local-logs.ts';
import { logsOfStage } from '#infra/account/logs/logs-of-stage.ts';
import { MOST_LINES, type RequestLogs, subjectsOf } from '#infra/account/logs/request-logs.ts';
import { Refused } from '#infra/account/refused.ts';
import { removeFolder, temporaryFolder } from '#test/support/deployment.ts';
import { AwsFault, type RecordedAccount, startRecordedAccount } from '#test/support/recorded-account.ts';

const ORDER = 'a'.repeat(26);
const line = (service: string, second: number, fields: object): string =>
  JSON.stringify({
    level: 'INFO',
    message: 'Message handled',
    timestamp: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`,
    service,
    ...fields,
  });
const ABOUT = { correlation_id: 'mine-1', trace_id: 'f'.repeat(32) };
const WRITTEN = {
  'send-email': [
    line('send-email', 2, { ...ABOUT, notificationId: `order_${ORDER}_1-1` }),
    line('send-email', 3, { correlation_id: 'mine-10' }),
    JSON.stringify({ _aws: {}, ...ABOUT }),
    'INIT_START with "mine-1"',
  ],
  'handle-command': [
    line('handle-command', 1, { ...ABOUT, note: 'mine-1' }),
    line('handle-command', 9, { note: 'mine-1' }),
  ],
  'project-orders': [line('project-orders', 4, { ...ABOUT, subject: `order/${ORDER}` })],
};
const PERIOD = { from: Date.parse('2026-01-01T00:00:00Z'), to: Date.parse('2026-01-01T00:00:10Z') };
const HOSTILE = ['', 'mine"', "' or 1", 'a'.repeat(129), 'ada@example.com', 'mine-1" or level = "INFO', 'a\nb', 'a b'];

describe('the logs about a request', () => {
  const folder = temporaryFolder();
  let account: RecordedAccount;
  let queries: Record<string, unknown>[];
  before(async () => {
    for (const [name, lines] of Object.entries(WRITTEN))
      writeFileSync(join(folder, `${name}.log`), `${lines.join('\n')}\n`);
    account = await startRecordedAccount({});
  });
  after(async () => {
    await account.close();
    removeFolder(folder);
  });

  /** CloudWatch, which finds these lines. @param statuses of the query, one for each look at it. */
  const cloudWatch = (lines: string[], statuses = ['Scheduled', 'Running', 'Complete']): RequestLogs => {
    queries = [];
    account.answers['logs DescribeLogGroups'] = {
      logGroups: [{ logGroupName: 'counterfoil-dev-a' }, { logGroupName: 'counterfoil-dev-b' }],
    };
    account.answers['logs StartQuery'] = (input) => {
      queries.push(input);
      return { queryId: 'query-1' };
    };
    account.answers['logs GetQueryResults'] = () => {
      const status = statuses.shift();
      const results = lines.map((value) => [
        { field: '@message', value },
        { field: '@ptr', value: 'x' },
      ]);
      return { status, results: status === 'Complete' ? results : [] };
    };
    const client = new CloudWatchLogsClient({ ...account.client, maxAttempts: 1 });
    return cloudWatchLogs({ client, stage: 'dev', sleep: async () => undefined });
  };
  const shown = ({ lines }: Awaited<ReturnType<RequestLogs['linesOf']>>) =>
    lines.map((one) => `${one.at.slice(17, 19)} ${one.function}`);

  it('are read from the files of the local cloud, by correlation id or trace id, oldest first', async () => {
    for (const id of ['mine-1', 'f'.repeat(32)]) {
      const found = await localLogs(folder).linesOf(id, PERIOD);
      assert.deepEqual(shown(found), ['01 handle-command', '02 send-email', '04 project-orders']);
      assert.equal(found.isComplete, true);
    }
    const none = await localLogs(folder).linesOf('mine-1', { from: PERIOD.to, to: PERIOD.to });
    assert.deepEqual(none, { lines: [], isComplete: true });
  });

  it('are read from CloudWatch by one query for all functions', async () => {
    const found = await cloudWatch(
      Object.values(WRITTEN)
        .flat()
        .filter((text) => text.includes('"trace_id"')),
    ).linesOf('mine-1', PERIOD);
    assert.deepEqual(shown(found), ['01 handle-command', '02 send-email', '04 project-orders']);
    const [query] = queries;
    assert.equal(queries.length, 1);
    assert.deepEqual(query?.logGroupNames, ['counterfoil-dev-a', 'counterfoil-dev-b']);
    assert.deepEqual([query?.startTime, query?.endTime], [PERIOD.from / 1000, PERIOD.to / 1000]);
    assert.match(String(query?.queryString), /filter correlation_id = "mine-1" or trace_id = "mine-1" \|/);
  });

  it('say what they are about, so that no index of correlation ids is needed', async () => {
    const { lines } = await localLogs(folder).linesOf('mine-1', PERIOD);
    assert.deepEqual(subjectsOf(lines), [`notification/order_${ORDER}_1-1`, `order/${ORDER}`]);
  });

  it('are not more than a person reads, and say so', async () => {
    const many = Array.from({ length: MOST_LINES + 1 }, (_, index) => line('send-sms', index % 60, ABOUT));
    const { lines, isComplete } = await cloudWatch(many).linesOf('mine-1', PERIOD);
    assert.deepEqual([lines.length, isComplete], [MOST_LINES, false]);
  });

  it('are not asked for with what is no id', async () => {
    const logs = cloudWatch([]);
    for (const id of HOSTILE) {
      await assert.rejects(logs.linesOf(id, PERIOD), Refused, id);
      await assert.rejects(localLogs(folder).linesOf(id, PERIOD), Refused, id);
    }
    assert.deepEqual(queries, []);
  });

  it('are refused in one sentence: no permission, no logs, a query that fails or does not end, a stage that does not allow it', async () => {
    const logs = cloudWatch([], ['Failed']);
    await assert.rejects(logs.linesOf('mine-1', PERIOD), /The query of the logs of stage dev did not complete/);
    await assert.rejects(cloudWatch([], Array(200).fill('Running')).linesOf('mine-1', PERIOD), /did not complete/);
    const denied = cloudWatch([]);
    account.answers['logs StartQuery'] = new AwsFault(
      'AccessDeniedException',
      'not authorized to perform: logs:StartQuery',
    );
    await assert.rejects(denied.linesOf('mine-1', PERIOD), {
      name: 'Refused',
      message: /stage dev cannot be read: .*StartQuery/,
    });
    const empty = cloudWatch([]);
    account.answers['logs DescribeLogGroups'] = { logGroups: [] };
    await assert.rejects(empty.linesOf('mine-1', PERIOD), /There are no logs of stage dev/);
    const nothing = join(folder, 'nothing');
    mkdirSync(nothing);
    await assert.rejects(localLogs(nothing).linesOf('mine-1', PERIOD), /has no logs/);
    assert.throws(() => logsOfStage('dev', {}), /Set operatorsReadLogs in infra\/stages.ts/);
    assert.equal((await logsOfStage('local', { logsFolder: folder }).linesOf('mine-1', PERIOD)).lines.length, 3);
  });
});
