import {
  type CloudFormationClient,
  DeleteChangeSetCommand,
  type DescribeChangeSetOutput,
  paginateDescribeChangeSet,
  type ResourceChange,
  type ResourceChangeDetail,
} from '@aws-sdk/client-cloudformation';
import { lossWith } from '../pinned.ts';

/** A change set with all of its changes, from every page. */
export type PreparedChangeSet = { isEmpty: boolean; changes: ResourceChange[] };

type Named = { cloudFormation: CloudFormationClient; stackName: string; changeSetName: string };

/** Reads what a change set would do. */
export async function describeChangeSet({
  cloudFormation,
  stackName,
  changeSetName,
}: Named): Promise<PreparedChangeSet> {
  const input = { StackName: stackName, ChangeSetName: changeSetName };
  const pages = await Array.fromAsync(paginateDescribeChangeSet({ client: cloudFormation }, input));
  const changes = pages.flatMap(({ Changes = [] }) => Changes);
  return { isEmpty: pages.some(isEmpty), changes: changes.flatMap(({ ResourceChange: change }) => change ?? []) };
}

/** CloudFormation sets a change set without changes to FAILED, and gives the cause only in the reason's text. */
const isEmpty = ({ Status, StatusReason = '' }: DescribeChangeSetOutput): boolean =>
  Status === 'FAILED' && /didn't contain changes|No updates are to be performed/.test(StatusReason);

/** Deletes a change set that is not to be executed. */
export async function deleteChangeSet({ cloudFormation, stackName, changeSetName }: Named): Promise<void> {
  await cloudFormation.send(new DeleteChangeSetCommand({ StackName: stackName, ChangeSetName: changeSetName }));
}

/** A change that would lose the contents of a resource. */
export type Loss = { logicalId: string; type: string; verb: 'replace' | 'perhaps replace' | 'remove'; reason: string };

/** Changes that would lose state or evidence. */
export function lossesIn(changes: ResourceChange[]): Loss[] {
  const replaced = new Set(changes.filter(({ Replacement }) => Replacement === 'True').map(idOf));
  return changes.flatMap((change) => {
    const [logicalId, type] = [idOf(change), change.ResourceType ?? ''];
    const verb = lossVerb(change, replaced);
    const reason = verb && lossWith(type, logicalId);
    return reason ? [{ logicalId, type, verb, reason }] : [];
  });
}

const idOf = ({ LogicalResourceId = '' }: ResourceChange): string => LogicalResourceId;

function lossVerb(change: ResourceChange, replaced: ReadonlySet<string>): Loss['verb'] | undefined {
  if (change.Action === 'Remove') return 'remove';
  if (change.Replacement === 'True') return 'replace';
  if (change.Replacement !== 'Conditional') return undefined;
  const { Details = [] } = change;
  const stays = Details.length > 0 && Details.every((detail) => keepsItsResource(detail, replaced));
  return stays ? undefined : 'perhaps replace';
}

/**
 * Whether one cause of a conditional change keeps the resource: the changed property never replaces it, or its new
 * value is the id or ARN of a resource that itself is kept. Any other cause shows its effect only during the execution.
 */
function keepsItsResource(
  { Target, Evaluation, ChangeSource, CausingEntity = '' }: ResourceChangeDetail,
  replaced: ReadonlySet<string>,
): boolean {
  if (Target?.RequiresRecreation === 'Never') return true;
  if (Evaluation !== 'Dynamic') return false;
  const [causingId = '', attribute] = CausingEntity.split('.');
  if (causingId === '' || replaced.has(causingId)) return false;
  return ChangeSource === 'ResourceReference' || (ChangeSource === 'ResourceAttribute' && attribute === 'Arn');
}
