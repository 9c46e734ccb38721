import { ENV } from '#shared/names.ts';
import { ACCOUNT, deployedAccount, shownResource, shownStack, stackOutputs } from './healthy-account.ts';
import { type Answers, AwsFault, type RecordedAccount, startRecordedAccount } from './recorded-account.ts';

type Input = Record<string, unknown>;
type Table = Record<string, unknown> & { TableName: string; TableStatus: string };

const REGION = 'eu-central-1';
export const OWN_TABLE = 'counterfoil-dev-table';
export const MAPPINGS = {
  'relay-outbox': 'uuid-relay',
  'send-email': 'uuid-email',
  'send-sms': 'uuid-sms',
  'record-email-feedback': 'uuid-feedback',
} as const;
const SCHEDULE = 'counterfoil-dev-everyminute-1ABC';
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
const FUNCTIONS = [...Object.keys(MAPPINGS), 'handle-command', 'serve-query', 'wake-due', 'add-tenant-claim'];

/** Variables that show whether a function takes commands. */
const VARIABLES: Record<string, Record<string, string>> = {
  'handle-command': { [ENV.tenantClaim]: 'tenant', [ENV.outboxGraceSeconds]: '30' },
  'serve-query': { [ENV.tenantClaim]: 'tenant' },
  'record-feedback': { [ENV.outboxGraceSeconds]: '30' },
};

const seconds = (time: string | number): number => new Date(time).getTime() / 1000;
const tableArn = (name: string): string => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`;
export const streamArn = (name: string): string => `${tableArn(name)}/stream/2026-11-21T09:12:44.137`;

/** When the restored tables of this account are made. */
export const RESTORED_AT = '2026-11-21T09:00:00.000Z';

/**
 * An account with a deployed stage that changes as AWS's does: what is switched takes a look to be
 * switched, a restored table comes without what a restore leaves out, and one change is made at a time.
 * @param forward answers the data plane of restored tables: a real engine.
 */
export async function startRestorableAccount(
  forward: (operation: string, input: Input) => Promise<object> = async () => ({ Items: [], Count: 0 }),
) {
  const lambda = lambdaState();
  const dynamo = dynamoState(forward);
  const schedule: Input = {
    ActionAfterCompletion: 'NONE',
    Arn: `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/${SCHEDULE}`,
    CreationDate: seconds('2026-01-01'),
    LastModificationDate: seconds('2026-01-02'),
    Description: 'Wakes what is due',
    FlexibleTimeWindow: { Mode: 'OFF' },
    GroupName: 'default',
    Name: SCHEDULE,
    ScheduleExpression: 'rate(1 minute)',
    ScheduleExpressionTimezone: 'Etc/UTC',
    State: 'ENABLED',
    Target: {
      Arn: lambda.arnOf('wake-due'),
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 0 },
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/scheduler`,
    },
  };
  const stage = { tableName: OWN_TABLE, deletionPolicy: 'Retain', depths: [] as number[] };
  const account: RecordedAccount = await startRecordedAccount({
    ...deployedAccount(),
    ...lambda.answers,
    ...dynamo.answers,
    'cloudformation DescribeStacks': () => ({ Stacks: [stackUsing(stage.tableName, account.url)] }),
    'cloudformation ListStackResources': () => ({
      StackResourceSummaries: [
        ...lambda.functionIds().map((id) => shownResource('AWS::Lambda::Function', id)),
        ...lambda.mappingIds().map((id) => shownResource('AWS::Lambda::EventSourceMapping', id)),
        shownResource('AWS::Scheduler::Schedule', SCHEDULE),
        ...(stage.tableName === OWN_TABLE ? [shownResource('AWS::DynamoDB::GlobalTable', OWN_TABLE)] : []),
        shownResource('AWS::SQS::Queue', 'https://sqs.test/record-email-feedback'),
      ],
    }),
    'cloudformation GetTemplate': () => ({
      TemplateBody: JSON.stringify({
        Resources: {
          ...(stage.tableName === OWN_TABLE && {
            table8235A42E: { Type: 'AWS::DynamoDB::GlobalTable', DeletionPolicy: stage.deletionPolicy },
          }),
          topic: { Type: 'AWS::SNS::Topic' },
        },
      }),
    }),
    'scheduler GetSchedule': () => schedule,
    'scheduler UpdateSchedule': ({ ClientToken: _, ...input }) => {
      for (const name of ['Description', 'ActionAfterCompletion', 'ScheduleExpressionTimezone']) schedule[name] = '';
      return Object.assign(schedule, input) && { ScheduleArn: schedule.Arn };
    },
    'sqs GetQueueAttributes': () => ({
      Attributes: {
        ApproximateNumberOfMessages: '0',
        ApproximateNumberOfMessagesNotVisible: String(stage.depths.shift() ?? 0),
        ApproximateNumberOfMessagesDelayed: '0',
      },
    }),
  });
  return {
    account,
    schedule,
    stage,
    lambda,
    dynamo,
    /** What `npm run deploy` does with the setting: another table is used, and the relay's mapping is a new one. */
    adopt(tableName: string) {
      stage.tableName = tableName;
      lambda.replaceMapping('uuid-relay', 'uuid-relay-2');
    },
  };
}

function stackUsing(tableName: string, url: string) {
  const stack = shownStack();
  const queues = { 'record-email-feedback': { url: `${url}/${ACCOUNT}/record-email-feedback`, dlqUrl: '' } };
  const outputs = { ...stackOutputs(), tableName, queues };
  return { ...stack, Outputs: [{ OutputKey: 'outputs', OutputValue: JSON.stringify(outputs) }] };
}

function lambdaState() {
  const idOf = (name: string): string => `counterfoil-dev-${name}-XYZ`;
  const arnOf = (name: string): string => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${idOf(name)}`;
  const mappings = new Map<string, { FunctionArn: string; State: string }>(
    Object.entries(MAPPINGS).map(([name, id]) => [id, { FunctionArn: arnOf(name), State: 'Enabled' }]),
  );
  const concurrency = new Map<string, number>();
  const shown = (UUID: string, { FunctionArn, State }: { FunctionArn: string; State: string }) => ({
    UUID,
    BatchSize: 10,
    EventSourceArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:queue`,
    FunctionArn,
    LastModified: seconds('2026-01-02'),
    State,
    StateTransitionReason: 'USER_INITIATED',
  });
  /** As it is, and the change that was asked for has been made by the next look. */
  const look = (input: Input): object => {
    const id = String(input.UUID);
    const mapping = mappings.get(id);
    if (!mapping) return new AwsFault('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
    const before = shown(id, mapping);
    mapping.State = { Disabling: 'Disabled', Enabling: 'Enabled' }[mapping.State] ?? mapping.State;
    return before;
  };
  const switchTo = (input: Input): object => {
    const mapping = mappings.get(String(input.UUID));
    if (!mapping) return new AwsFault('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
    if (mapping.State.endsWith('ing')) return new AwsFault('ResourceInUseException', 'Cannot update the mapping now.');
    mapping.State = input.Enabled ? 'Enabling' : 'Disabling';
    return shown(String(input.UUID), mapping);
  };
  const answers: Answers = {
    'lambda GetFunctionConfiguration': ({ FunctionName }) => {
      const name = FUNCTIONS.find((one) => idOf(one) === FunctionName) ?? '';
      return { FunctionName, Environment: { Variables: { POWERTOOLS_SERVICE_NAME: name, ...VARIABLES[name] } } };
    },
    'lambda GetEventSourceMapping': look,
    'lambda UpdateEventSourceMapping': switchTo,
    'lambda GetFunctionConcurrency': ({ FunctionName }) => {
      const reserved = concurrency.get(String(FunctionName));
      return reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved };
    },
    'lambda PutFunctionConcurrency': ({ FunctionName, ReservedConcurrentExecutions }) => {
      concurrency.set(String(FunctionName), Number(ReservedConcurrentExecutions));
      return { ReservedConcurrentExecutions };
    },
    'lambda DeleteFunctionConcurrency': ({ FunctionName }) => {
      concurrency.delete(String(FunctionName));
      return {};
    },
  };
  return {
    answers,
    arnOf,
    functionIds: () => FUNCTIONS.map(idOf),
    mappingIds: () => [...mappings.keys()],
    stateOf: (id: string) => mappings.get(id)?.State,
    setState: (id: string, State: string) => Object.assign(mappings.get(id) ?? {}, { State }),
    reserved: () => concurrency.get(idOf('handle-command')),
    reserve: (count: number) => concurrency.set(idOf('handle-command'), count),
    replaceMapping(from: string, to: string) {
      const { FunctionArn = '' } = mappings.get(from) ?? {};
      mappings.delete(from);
      mappings.set(to, { FunctionArn, State: 'Enabled' });
    },
  };
}

function dynamoState(forward: (operation: string, input: Input) => Promise<object>) {
  const tables = new Map<string, Table>();
  const expiring = new Set([OWN_TABLE]);
  const backedUp = new Set([OWN_TABLE]);
  const looks = new Map<string, number>();
  const tags = new Map<string, { Key: string; Value: string }[]>([
    [
      tableArn(OWN_TABLE),
      [
        { Key: 'aws:cloudformation:stack-name', Value: 'counterfoil-dev' },
        { Key: 'app', Value: 'counterfoil' },
      ],
    ],
  ]);
  tables.set(OWN_TABLE, {
    TableName: OWN_TABLE,
    TableArn: tableArn(OWN_TABLE),
    TableStatus: 'ACTIVE',
    CreationDateTime: seconds('2026-01-01'),
    SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: KEY },
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    LatestStreamArn: streamArn(OWN_TABLE),
    DeletionProtectionEnabled: false,
    GlobalSecondaryIndexes: [{ IndexName: 'due', IndexStatus: 'ACTIVE' }],
  });
  const named = (input: Input): Table | undefined => tables.get(String(input.TableName));
  const missing = () => new AwsFault('ResourceNotFoundException', 'Requested resource not found');

  /** What was asked for is done two looks later. */
  const begin = (table: Table, status: string): void => {
    table.TableStatus = status;
    looks.set(table.TableName, 2);
  };
  const describe = (input: Input): object => {
    const table = named(input);
    if (!table) return missing();
    const left = (looks.get(table.TableName) ?? 0) - 1;
    looks.set(table.TableName, left);
    const shown = structuredClone(table);
    if (left <= 0 && table.TableStatus !== 'ACTIVE') {
      table.TableStatus = 'ACTIVE';
      if (table.RestoreSummary) Object.assign(table.RestoreSummary, { RestoreInProgress: false });
    }
    return { Table: shown };
  };
  const restore = (input: Input): object => {
    const { SourceTableName, TargetTableName, RestoreDateTime, SSESpecificationOverride: key } = input;
    const name = String(TargetTableName);
    if (tables.has(name)) return new AwsFault('TableAlreadyExistsException', `Table already exists: ${name}`);
    const table: Table = {
      TableName: name,
      TableArn: tableArn(name),
      TableStatus: 'CREATING',
      CreationDateTime: seconds(RESTORED_AT),
      RestoreSummary: {
        SourceTableArn: tableArn(String(SourceTableName)),
        RestoreDateTime,
        RestoreInProgress: true,
      },
      SSEDescription: {
        Status: 'ENABLED',
        SSEType: 'KMS',
        KMSMasterKeyArn: (key as Input | undefined)?.KMSMasterKeyId,
      },
      DeletionProtectionEnabled: false,
      GlobalSecondaryIndexes: [{ IndexName: 'due', IndexStatus: 'ACTIVE' }],
    };
    tables.set(name, table);
    begin(table, 'CREATING');
    return { TableDescription: structuredClone(table) };
  };
  const update = (input: Input): object => {
    const table = named(input);
    if (!table) return missing();
    if (table.TableStatus !== 'ACTIVE')
      return new AwsFault(
        'ResourceInUseException',
        `Attempt to change a resource which is still in use: ${table.TableName}`,
      );
    const { TableName: _, ...changes } = input;
    Object.assign(table, changes, changes.StreamSpecification && { LatestStreamArn: streamArn(table.TableName) });
    begin(table, 'UPDATING');
    return { TableDescription: structuredClone(table) };
  };
  const backups = (name: string) => ({
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: backedUp.has(name)
        ? {
            PointInTimeRecoveryStatus: 'ENABLED',
            RecoveryPeriodInDays: 35,
            EarliestRestorableDateTime: seconds('2026-11-01T00:00:00Z'),
            LatestRestorableDateTime: seconds('2026-11-21T08:55:00Z'),
          }
        : { PointInTimeRecoveryStatus: 'DISABLED' },
    },
  });
  let isTooNew = true;
  const answers: Answers = {
    'dynamodb DescribeTable': describe,
    'dynamodb RestoreTableToPointInTime': restore,
    'dynamodb UpdateTable': update,
    'dynamodb DescribeTimeToLive': ({ TableName }) => ({
      TimeToLiveDescription: expiring.has(String(TableName))
        ? { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' }
        : { TimeToLiveStatus: 'DISABLED' },
    }),
    'dynamodb UpdateTimeToLive': ({ TableName, TimeToLiveSpecification }) => {
      if (expiring.has(String(TableName))) return new AwsFault('ValidationException', 'TimeToLive is already enabled');
      expiring.add(String(TableName));
      return { TimeToLiveSpecification };
    },
    'dynamodb DescribeContinuousBackups': ({ TableName }) => backups(String(TableName)),
    'dynamodb UpdateContinuousBackups': ({ TableName }) => {
      const refusal = 'Backups are being enabled for the table. Please retry later';
      if (isTooNew) {
        isTooNew = false;
        return new AwsFault('ContinuousBackupsUnavailableException', refusal);
      }
      backedUp.add(String(TableName));
      return backups(String(TableName));
    },
    'dynamodb ListTagsOfResource': ({ ResourceArn }) => ({ Tags: tags.get(String(ResourceArn)) ?? [] }),
    'dynamodb TagResource': ({ ResourceArn, Tags }) => {
      tags.set(String(ResourceArn), Tags as { Key: string; Value: string }[]);
      return {};
    },
    'dynamodb GetItem': (input) => forward('GetItem', input),
    'dynamodb Scan': (input) => forward('Scan', input),
    'dynamodb Query': (input) => forward('Query', input),
    'dynamodb TransactWriteItems': (input) => forward('TransactWriteItems', input),
  };
  return {
    answers,
    table: (name: string) => structuredClone(tables.get(name)),
    dropTable: (name: string) => tables.delete(name),
    /** One that was created for another purpose. */
    addTable: (name: string) =>
      tables.set(name, { TableName: name, TableArn: tableArn(name), TableStatus: 'ACTIVE', CreationDateTime: 0 }),
    stopBackups: () => backedUp.delete(OWN_TABLE),
    isExpiring: (name: string) => expiring.has(name),
    isBackedUp: (name: string) => backedUp.has(name),
    tagsOf: (name: string) => tags.get(tableArn(name)) ?? [],
  };
}
