import { readFileSync } from 'node:fs';
import {
  type CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { OUTPUTS_KEY, type PoolOutputs, type StageOutputs } from '../outputs.ts';
import { isNamed, Refused } from './refused.ts';

/** A stack as CloudFormation describes it. */
export type DeployedStack = {
  name: string;
  status: string;
  statusReason: string;
  protectedFromDeletion: boolean;
  parameters: Record<string, string>;
  outputs: Record<string, string>;
};

export type StackResource = { type: string; physicalId: string };

/** Returns the stack of that name; undefined if it does not exist. */
export async function describeStack(client: CloudFormationClient, name: string): Promise<DeployedStack | undefined> {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return stack && deployedStack(name, stack);
  } catch (error) {
    if (isNamed(error, 'ValidationError') && /does not exist/.test((error as Error).message)) return undefined;
    throw error;
  }
}

function deployedStack(name: string, stack: Stack): DeployedStack {
  return {
    name,
    status: stack.StackStatus ?? '',
    statusReason: stack.StackStatusReason ?? '',
    protectedFromDeletion: stack.EnableTerminationProtection ?? false,
    parameters: Object.fromEntries(
      (stack.Parameters ?? []).map(({ ParameterKey = '', ParameterValue = '' }) => [ParameterKey, ParameterValue]),
    ),
    outputs: Object.fromEntries(
      (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    ),
  };
}

/** True while an operation on the stack is in progress. The stack then accepts no other operation. */
export const isBusy = (stack: DeployedStack): boolean => stack.status.endsWith('_IN_PROGRESS') && !isUnmade(stack);

/** True for a stack that consists of a change set only: none of its resources exist. */
export const isUnmade = ({ status }: DeployedStack): boolean => status === 'REVIEW_IN_PROGRESS';

/** All resources of the stack. */
export async function stackResources(client: CloudFormationClient, name: string): Promise<StackResource[]> {
  const pages = await Array.fromAsync(paginateListStackResources({ client }, { StackName: name }));
  return pages
    .flatMap(({ StackResourceSummaries = [] }) => StackResourceSummaries)
    .map(({ ResourceType = '', PhysicalResourceId = '' }) => ({ type: ResourceType, physicalId: PhysicalResourceId }));
}

/**
 * Returns the outputs of a deployed stage, in the shape of `outputs.json`. `npm run tenants -- token` adds tokens.
 * @throws Refused if the stack has no such output, because no deployment has been completed.
 */
export function stageOutputs(stack: DeployedStack, region: string): StageOutputs {
  const text = stack.outputs[OUTPUTS_KEY];
  if (text === undefined) {
    throw new Refused(
      `Stack ${stack.name} is ${stack.status} and has no stage outputs. Deploy the stage with npm run deploy.`,
    );
  }
  const stored = JSON.parse(text) as StoredOutputs;
  // A stage without a console has no such address.
  return { ...stored, region, consoleUrl: stored.consoleUrl ?? stored.apiUrl, endpoints: {}, tokens: {} };
}

/** What the stack itself knows. */
type StoredOutputs = Omit<StageOutputs, 'region' | 'consoleUrl' | 'endpoints' | 'tokens'> & { consoleUrl?: string };

export type DeployedStage = { stack: DeployedStack; outputs: StageOutputs };

/**
 * Returns the deployed stage.
 * @throws Refused if it is not deployed.
 */
export async function deployedStage(
  client: CloudFormationClient,
  stackName: string,
  region: string,
): Promise<DeployedStage> {
  const stack = await describeStack(client, stackName);
  if (!stack) {
    throw new Refused(
      `There is no stack ${stackName} in ${region}: deploy the stage with npm run deploy, or check the account and the region.`,
    );
  }
  return { stack, outputs: stageOutputs(stack, region) };
}

/**
 * Reads an `outputs.json`.
 * @throws Refused if the file cannot be read.
 */
export function readOutputs(file: string): StageOutputs {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Refused(
      `${file} cannot be read (${(error as Error).message}); npm run deploy writes .counterfoil/<stage>.outputs.json.`,
    );
  }
}

/**
 * Returns the stage’s own user pool.
 * @throws Refused for a stage that was deployed with an existing issuer.
 */
export function poolOf({ pool }: StageOutputs): PoolOutputs {
  if (pool) return pool;
  throw new Refused('The deployed stage has no user pool of its own, but its settings require one. Deploy it again.');
}
