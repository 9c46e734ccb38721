import {
  type CloudWatchLogsClient,
  GetQueryResultsCommand,
  paginateDescribeLogGroups,
  type ResultField,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { stackNameOf } from '../../outputs.ts';
import { describeError, isFailedCall, nextAfter } from '../failed-calls.ts';
import { Refused } from '../refused.ts';
import {
  ID_FIELDS,
  inOrder,
  isRequestId,
  type LogLine,
  lineIn,
  MOST_LINES,
  type Period,
  type RequestLogs,
} from './request-logs.ts';

/** A query reads at most this many log groups. */
const MOST_GROUPS = 50;
/** Pause between two looks at a query that runs. */
const PAUSE_MS = 500;
/** CloudWatch itself would go on for an hour. */
const LONGEST_MS = 60_000;

export type CloudWatchLogsOptions = {
  client: CloudWatchLogsClient;
  stage: string;
  sleep(ms: number): Promise<unknown>;
};

/**
 * The logs of a deployed stage, by CloudWatch Logs Insights: one query for all functions, which CloudWatch charges by the
 * bytes that it reads. The credentials need `logs:DescribeLogGroups`, `logs:StartQuery` and `logs:GetQueryResults`.
 */
export const cloudWatchLogs = (options: CloudWatchLogsOptions): RequestLogs => ({
  async linesOf(id, period) {
    if (!isRequestId(id)) throw new Refused(`"${id}" is no correlation id and no trace id.`);
    try {
      const groups = await groupsOf(options);
      const found = await Promise.all(groups.map((some) => query(some, id, period, options)));
      return inOrder(found.flat());
    } catch (error) {
      if (!isFailedCall(error)) throw error;
      throw new Refused(
        `The logs of stage ${options.stage} cannot be read: ${describeError(error)}.`,
        nextAfter(error),
      );
    }
  },
});

/** The log groups of the stage's functions, in parts that one query can read. */
async function groupsOf({ client, stage }: CloudWatchLogsOptions): Promise<string[][]> {
  const logGroupNamePrefix = `${stackNameOf(stage)}-`;
  const pages = await Array.fromAsync(paginateDescribeLogGroups({ client }, { logGroupNamePrefix }));
  const names = pages.flatMap(({ logGroups = [] }) => logGroups.map(({ logGroupName = '' }) => logGroupName));
  if (names.length === 0) throw new Refused(`There are no logs of stage ${stage} in this account and region.`);
  return Array.from({ length: Math.ceil(names.length / MOST_GROUPS) }, (_, part) =>
    names.slice(part * MOST_GROUPS, (part + 1) * MOST_GROUPS),
  );
}

async function query(
  logGroupNames: string[],
  id: string,
  { from, to }: Period,
  { client, stage, sleep }: CloudWatchLogsOptions,
): Promise<LogLine[]> {
  const isAboutIt = ID_FIELDS.map((name) => `${name} = "${id}"`).join(' or ');
  const { queryId } = await client.send(
    new StartQueryCommand({
      logGroupNames,
      startTime: Math.floor(from / 1000),
      endTime: Math.ceil(to / 1000),
      // One more than is returned, which shows that there are more.
      limit: MOST_LINES + 1,
      queryString: `fields @message | filter ${isAboutIt} | sort @timestamp asc`,
    }),
  );
  for (let waitedMs = 0; waitedMs < LONGEST_MS; waitedMs += PAUSE_MS) {
    const { status, results = [] } = await client.send(new GetQueryResultsCommand({ queryId }));
    if (status === 'Complete') return results.flatMap(linesOfResult);
    if (status !== 'Running' && status !== 'Scheduled') break;
    await sleep(PAUSE_MS);
  }
  throw new Refused(`The query of the logs of stage ${stage} did not complete. Ask for a shorter time.`);
}

function linesOfResult(result: ResultField[]): LogLine[] {
  const line = lineIn(result.find(({ field }) => field === '@message')?.value ?? '');
  return line ? [line] : [];
}
