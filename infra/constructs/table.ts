import {
  AttributeType,
  Billing,
  type ITableV2,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { ATTRIBUTE, INDEX } from '#shared/names.ts';
import { keepsData, removalPolicyOf, type Stage } from './stage.ts';

/** One table stores everything. Its stream is the fast lane of the outbox, and its `due` index is the slow lane. */
export type CounterfoilTable = ITableV2;

/**
 * The stage's table: its own, or a restored one that replaces it. The restored table does not belong to the stack, so
 * CloudFormation neither changes nor deletes it. `npm run restore` has set it up.
 */
export function counterfoilTable(scope: Construct, id: string, { stage }: { stage: Stage }): CounterfoilTable {
  const { adoptedTable } = stage.settings;
  if (adoptedTable === undefined) return new OwnTable(scope, id, { stage });
  return TableV2.fromTableAttributes(scope, `adopted-${id}`, {
    tableArn: adoptedTable.replace(/\/stream\/.*$/, ''),
    tableStreamArn: adoptedTable,
    ...(stage.key && { encryptionKey: stage.key }),
  });
}

export const dueIndexArnOf = ({ tableArn }: CounterfoilTable): string => `${tableArn}/index/${INDEX.due}`;

export const logIndexArnOf = ({ tableArn }: CounterfoilTable): string => `${tableArn}/index/${INDEX.tenantLog}`;

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
          projectionType: ProjectionType.KEYS_ONLY,
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
