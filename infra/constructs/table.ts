import { type IMetric, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import {
  AttributeType,
  Billing,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { ATTRIBUTE, ENV, INDEX } from '#shared/names.ts';
import { type AlarmRow, type Graph, labelled, MOST_OF_FIVE, type Monitored, minutes } from './monitoring.ts';
import { keepsData, removalPolicyOf, type Stage } from './stage.ts';

/** What the executor calls on the table. Its transaction is allowed by the actions of its parts. */
export const EXECUTOR_ACTIONS = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:ConditionCheckItem',
  'dynamodb:BatchGetItem',
] as const;

/** One table stores everything. Its stream is the fast lane of the outbox, and its `due` index is the slow lane. */
export class CounterfoilTable extends Construct implements Monitored {
  readonly table: ITableV2;
  readonly name: string;
  readonly arn: string;
  readonly indexArns: string[];
  /** Variables of every function that uses the rows. */
  readonly environment: Record<string, string>;

  /** The tables keep their paths in `scope`, because paths are identities. */
  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, `${id}-figures`);
    this.table = tableOf(scope, id, stage);
    this.name = this.table.tableName;
    this.arn = this.table.tableArn;
    this.environment = { [ENV.table]: this.name, ...shardsOf(stage) };
    this.indexArns = Object.values(INDEX).map((index) => `${this.arn}/index/${index}`);
  }

  alarms(): AlarmRow[] {
    const { readThrottles, writeThrottles, indexWriteThrottles, commitFaults } = this.figures;
    const throttled = (id: string, metric: IMetric, what: string): AlarmRow => ({
      id,
      step: 'commit',
      metric,
      readings: MOST_OF_FIVE,
      means: `DynamoDB keeps throttling ${what}. Requests are slow or answered with 503; nothing is lost.`,
      first: 'Look for one key that takes most of the traffic.',
      runbook: 'table-throttled',
    });
    return [
      throttled('table-reads-throttled', readThrottles, 'reads of the table'),
      throttled('table-writes-throttled', writeThrottles, 'writes to the table'),
      // A hot key of an index also slows down writes to the table, but the table's metric does not show it.
      throttled('due-index-throttled', indexWriteThrottles(INDEX.due), 'writes to the due index'),
      throttled('tenant-log-throttled', indexWriteThrottles(INDEX.tenantLog), 'writes to the message log of a tenant'),
      {
        id: 'commit-faults',
        step: 'commit',
        metric: commitFaults,
        readings: MOST_OF_FIVE,
        means: 'Transactions keep failing with errors of DynamoDB itself. Orders are answered late or with 503.',
        first: 'Look at the AWS Health Dashboard of the region; wait, and change nothing.',
        runbook: 'commit-faults',
      },
    ];
  }

  panel(): Graph[] {
    const { readThrottles, writeThrottles, indexWriteThrottles, commitFaults, conflicts } = this.figures;
    return [
      {
        step: 'commit',
        title: 'Throttled by the table',
        metrics: [
          readThrottles,
          writeThrottles,
          ...Object.values(INDEX).map((index) => labelled(indexWriteThrottles(index), `index ${index}`)),
        ],
      },
      {
        step: 'commit',
        title: 'Commits that failed or conflicted',
        metrics: [labelled(commitFaults, 'service faults'), labelled(conflicts, 'conflicts')],
      },
    ];
  }

  /**
   * `AWS/DynamoDB`: throttling by table, and by table and index, because the table's metric does not include its
   * indexes. Faults of the service exist by table and operation only.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
   */
  private get figures() {
    const metric = (metricName: string, dimensions: Record<string, string> = {}): Metric =>
      new Metric({
        namespace: 'AWS/DynamoDB',
        metricName,
        dimensionsMap: { TableName: this.name, ...dimensions },
        statistic: Stats.SUM,
        period: minutes(1),
      });
    return {
      readThrottles: metric('ReadThrottleEvents'),
      writeThrottles: metric('WriteThrottleEvents'),
      indexWriteThrottles: (index: string) => metric('WriteThrottleEvents', { GlobalSecondaryIndexName: index }),
      commitFaults: metric('SystemErrors', { Operation: 'TransactWriteItems' }),
      conflicts: metric('TransactionConflict').with({ statistic: Stats.SAMPLE_COUNT }),
    };
  }
}

/**
 * The stage's table: its own, or a restored one that replaces it. The restored table does not belong to the stack, so
 * CloudFormation neither changes nor deletes it. `npm run restore` has set it up.
 */
function tableOf(scope: Construct, id: string, stage: Stage): ITableV2 {
  const { adoptedTable } = stage.settings;
  if (adoptedTable === undefined) return new OwnTable(scope, id, { stage });
  return TableV2.fromTableAttributes(scope, `adopted-${id}`, {
    tableArn: adoptedTable.replace(/\/stream\/.*$/, ''),
    tableStreamArn: adoptedTable,
    ...(stage.key && { encryptionKey: stage.key }),
  });
}

class OwnTable extends TableV2 {
  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id, {
      partitionKey: { name: ATTRIBUTE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: ATTRIBUTE.sortKey, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: ATTRIBUTE.expiresAt,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      ...(stage.key && { encryption: TableEncryptionV2.customerManagedKey(stage.key) }),
      deletionProtection: keepsData(stage),
      removalPolicy: removalPolicyOf(stage),
      globalSecondaryIndexes: [
        {
          indexName: INDEX.due,
          partitionKey: { name: ATTRIBUTE.dueShard, type: AttributeType.STRING },
          sortKey: { name: ATTRIBUTE.dueAt, type: AttributeType.NUMBER },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [ATTRIBUTE.letterCard],
        },
        {
          indexName: INDEX.tenantLog,
          partitionKey: { name: ATTRIBUTE.logTenant, type: AttributeType.STRING },
          sortKey: { name: ATTRIBUTE.logOrder, type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
  }
}

const shardsOf = ({ settings: { dueShards } }: Stage): Record<string, string> =>
  dueShards ? { [ENV.dueShards]: JSON.stringify(dueShards) } : {};
