import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { OUTPUTS_KEY } from '../../outputs.ts';
import { unheldIn } from '../restore/hold-table.ts';
import { isUnmade, stageOutputs } from '../stack.ts';
import { blocksDeploy, type Check, type Finding } from './check.ts';
import type { CheckContext } from './context.ts';

/**
 * A deployment must keep the table that is in use, or adopt a restored table in which everything unfinished is held. If
 * the setting `adoptedTable` was forgotten, the stage would start with an empty table.
 */
export const table: Check = {
  name: 'table',
  stops: 'deploy',
  async run(context) {
    const stack = await context.stack();
    if (!stack || isUnmade(stack) || stack.outputs[OUTPUTS_KEY] === undefined) return [];
    const { tableName: inUse } = stageOutputs(stack, context.region);
    const wanted = context.settings.adoptedTable?.split('/')[1];
    if (wanted === inUse) return [];
    if (wanted !== undefined) return unheldFindings(context, wanted);
    return (await ownTables(context)).includes(inUse) ? [] : forgotten(context, inUse);
  },
};

async function ownTables({ resources }: CheckContext): Promise<string[]> {
  const tables = [...(await resources('AWS::DynamoDB::GlobalTable')), ...(await resources('AWS::DynamoDB::Table'))];
  return tables.map(({ physicalId }) => physicalId);
}

const forgotten = ({ stage }: CheckContext, inUse: string): Finding[] =>
  blocksDeploy(
    `Stage ${stage} uses ${inUse}, which was restored and is not the stack’s; deployed with these settings, it would begin with a new, empty table.`,
    `Put adoptedTable back into infra/stages.ts: LatestStreamArn of aws dynamodb describe-table --table-name ${inUse}.`,
  );

async function unheldFindings(
  { account, stage, settings: { dueShards } }: CheckContext,
  tableName: string,
): Promise<Finding[]> {
  const { Table } = await account.dynamo.send(new DescribeTableCommand({ TableName: tableName }));
  const restoredAt = Table?.CreationDateTime?.toISOString() ?? '';
  const { notifications } = await unheldIn({ client: account.dynamo, tableName, dueShards, restoredAt });
  if (notifications === 0) return [];
  return blocksDeploy(
    `${notifications} notifications in ${tableName} are older than the restore and are not held: the stage would send them, perhaps again.`,
    `Run npm run restore -- --stage ${stage} hold.`,
  );
}
