import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ListTagsOfResourceCommand,
  RestoreTableToPointInTimeCommand,
  type TableDescription,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { ATTRIBUTE } from '#shared/names.ts';
import { isNamed, Refused } from '../refused.ts';

/** What the functions for tables need. */
export type TableContext = {
  dynamo: DynamoDBClient;
  print(line: string): void;
  /** Pause between two checks of a slow operation. */
  pollMs: number;
};

export async function describeTable(dynamo: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await dynamo.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}

/** @throws Refused */
export async function existingTable(dynamo: DynamoDBClient, name: string): Promise<TableDescription> {
  const table = await describeTable(dynamo, name);
  if (table) return table;
  throw new Refused(
    `There is no table ${name}. npm run restore cannot recover a deleted table (docs/how-to/restore.md).`,
  );
}

/** DynamoDB restores with a precision of one second. */
export const wholeSecond = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000);

/** A name that contains the restored time, and is the same for the same request. */
export const restoredTableName = (stackName: string, time: Date): string =>
  `${stackName}-${wholeSecond(time)
    .toISOString()
    .replace(/\.000|[-:]/g, '')}`;

/** Why the table cannot be restored to that time. */
export async function restoreTimeFaults(dynamo: DynamoDBClient, tableName: string, time: Date): Promise<string[]> {
  const { ContinuousBackupsDescription } = await dynamo.send(
    new DescribeContinuousBackupsCommand({ TableName: tableName }),
  );
  const {
    PointInTimeRecoveryStatus,
    EarliestRestorableDateTime: earliest,
    LatestRestorableDateTime: latest,
  } = ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
  if (PointInTimeRecoveryStatus !== 'ENABLED' || !earliest || !latest) {
    return [`Point-in-time recovery of ${tableName} is disabled, so the table cannot be restored to an earlier time.`];
  }
  if (time >= earliest && time <= latest) return [];
  return [
    `${tableName} can be restored to a time from ${earliest.toISOString()} to ${latest.toISOString()}, not to ${time.toISOString()}.`,
  ];
}

export type RestoreRequest = { source: TableDescription; time: Date; tableName: string };

/**
 * Restores the source into a new table with the same encryption key, and waits until it is ready. If the restore has
 * started before, it only waits.
 */
export async function restoreTable(request: RestoreRequest, context: TableContext): Promise<TableDescription> {
  const { source, time, tableName } = request;
  const { dynamo, print } = context;
  if (!(await describeTable(dynamo, tableName))) {
    const { SSEDescription: encryption } = source;
    await dynamo.send(
      new RestoreTableToPointInTimeCommand({
        SourceTableName: source.TableName,
        TargetTableName: tableName,
        RestoreDateTime: time,
        // Stated explicitly, although it is DynamoDB's default, because a copy under another key would be a leak.
        ...(encryption?.KMSMasterKeyArn && {
          SSESpecificationOverride: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: encryption.KMSMasterKeyArn },
        }),
      }),
    );
  }
  print(
    `${tableName} is being restored to ${time.toISOString()}. This takes minutes to hours. If it is interrupted, run this again.`,
  );
  return untilActive(tableName, context);
}

/** Whether the table is the result of this request, according to its restore summary. */
export function isMadeBy(table: TableDescription, { source, time }: RestoreRequest): boolean {
  const { SourceTableArn, RestoreDateTime } = table.RestoreSummary ?? {};
  return SourceTableArn === source.TableArn && RestoreDateTime?.getTime() === time.getTime();
}

const isReady = ({ TableStatus, GlobalSecondaryIndexes = [], RestoreSummary }: TableDescription): boolean =>
  TableStatus === 'ACTIVE' &&
  RestoreSummary?.RestoreInProgress !== true &&
  GlobalSecondaryIndexes.every(({ IndexStatus }) => IndexStatus === 'ACTIVE');

/** Waits until the table and its indexes can be used, and returns the table. */
async function untilActive(tableName: string, { dynamo, pollMs }: TableContext): Promise<TableDescription> {
  while (true) {
    const table = await existingTable(dynamo, tableName);
    if (isReady(table)) return table;
    await pause(pollMs);
  }
}

/**
 * Sets up what a restore leaves out: stream, expiry, backups, protection and tags, with the settings of the stack's own
 * table. Existing settings are kept.
 * @returns the table with its stream.
 */
export async function equipTable(
  tableName: string,
  source: TableDescription,
  context: TableContext,
): Promise<TableDescription> {
  const { dynamo, print } = context;
  const table = await existingTable(dynamo, tableName);
  await protectTable(table, context);
  if (!table.StreamSpecification?.StreamEnabled) {
    await update({ TableName: tableName, StreamSpecification: STREAM }, context);
    print(`${tableName} has a stream.`);
  }
  await expireRows(tableName, context);
  await backUp(tableName, context);
  await copyTags(source, table, context);
  return existingTable(dynamo, tableName);
}

const STREAM = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } as const;

/** Protects a table from deletion, whatever happens to the stack. */
export async function protectTable(table: TableDescription, context: TableContext): Promise<void> {
  if (table.DeletionProtectionEnabled) return;
  await update({ TableName: table.TableName, DeletionProtectionEnabled: true }, context);
  context.print(`${table.TableName} is protected from deletion.`);
}

/** One change at a time, because DynamoDB refuses a change while the table is UPDATING. */
async function update(input: UpdateTableCommandInput, context: TableContext): Promise<void> {
  await context.dynamo.send(new UpdateTableCommand(input));
  await untilActive(input.TableName ?? '', context);
}

async function expireRows(tableName: string, { dynamo, print }: TableContext): Promise<void> {
  const { TimeToLiveDescription } = await dynamo.send(new DescribeTimeToLiveCommand({ TableName: tableName }));
  if (TimeToLiveDescription?.TimeToLiveStatus?.startsWith('ENABL')) return;
  await dynamo.send(
    new UpdateTimeToLiveCommand({
      TableName: tableName,
      TimeToLiveSpecification: { Enabled: true, AttributeName: ATTRIBUTE.expiresAt },
    }),
  );
  print(`Rows of ${tableName} expire by ${ATTRIBUTE.expiresAt}.`);
}

async function backUp(tableName: string, { dynamo, print, pollMs }: TableContext): Promise<void> {
  const { ContinuousBackupsDescription } = await dynamo.send(
    new DescribeContinuousBackupsCommand({ TableName: tableName }),
  );
  const { PointInTimeRecoveryStatus } = ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
  if (PointInTimeRecoveryStatus === 'ENABLED') return;
  const on = new UpdateContinuousBackupsCommand({
    TableName: tableName,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  });
  while (true) {
    try {
      await dynamo.send(on);
      return print(`${tableName} has point-in-time recovery.`);
    } catch (error) {
      // This error is temporary: the table has just been created.
      if (!isNamed(error, 'ContinuousBackupsUnavailableException')) throw error;
      await pause(pollMs);
    }
  }
}

/** Copies the tags, except those of CloudFormation (`aws:`), which only CloudFormation may set. */
async function copyTags(source: TableDescription, target: TableDescription, { dynamo }: TableContext): Promise<void> {
  const { Tags = [] } = await dynamo.send(new ListTagsOfResourceCommand({ ResourceArn: source.TableArn }));
  const own = Tags.filter(({ Key = '' }) => !Key.startsWith('aws:'));
  if (own.length > 0) await dynamo.send(new TagResourceCommand({ ResourceArn: target.TableArn, Tags: own }));
}
