import { setTimeout as pause } from 'node:timers/promises';
import { type CloudFormationClient, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { isNamed, Refused } from './refused.ts';
import { type DeployedStack, describeStack, isBusy } from './stack.ts';

export type ParameterOptions = {
  cloudFormation: CloudFormationClient;
  stackName: string;
  /** The parameter's name. */
  parameter: string;
  /**
   * The value that the parameter must have, or undefined if the stack has it already. Asked before every change, because
   * another process may have changed the stack in the meantime.
   */
  missingValue(stack: DeployedStack): Promise<string | undefined>;
  /** The refusal if the parameter never keeps its value. */
  contested: string;
  pollMs: number;
  print(line: string): void;
};

/** How often the parameter is set before this command gives up. Other processes may be setting it, too. */
const MAX_UPDATES = 5;

/**
 * Sets a parameter of a stack and waits until CloudFormation has finished. It changes nothing else in the stack. It also
 * waits for concurrent changes of others, and then asks for the value again, so that no change of theirs is lost.
 * @throws Refused if CloudFormation rolled the change back.
 */
export async function keepParameter(options: ParameterOptions): Promise<void> {
  let isOurs = false;
  for (let updates = 0; updates < MAX_UPDATES; updates += 1) {
    const stack = await idleStack(options);
    const value = await options.missingValue(stack);
    if (value === undefined) return;
    if (isOurs && stack.status !== 'UPDATE_COMPLETE') throw rolledBack(stack);
    isOurs = await setParameter(options, stack, value);
  }
  throw new Refused(options.contested);
}

/** Waits until no operation on the stack is in progress, and returns the stack. */
async function idleStack({ cloudFormation, stackName, pollMs, print }: ParameterOptions): Promise<DeployedStack> {
  for (let printed = ''; ; ) {
    const stack = await describeStack(cloudFormation, stackName);
    if (!stack) throw new Refused(`Stack ${stackName} no longer exists.`);
    if (!isBusy(stack)) return stack;
    if (stack.status !== printed) print(`${stackName} is ${stack.status}; waiting`);
    printed = stack.status;
    await pause(pollMs);
  }
}

/** Returns false if another change began after we had read the stack. The caller then waits for it. */
async function setParameter(
  { cloudFormation, parameter }: ParameterOptions,
  stack: DeployedStack,
  value: string,
): Promise<boolean> {
  try {
    await cloudFormation.send(
      new UpdateStackCommand({
        StackName: stack.name,
        UsePreviousTemplate: true,
        // The template contains roles. CloudFormation requires this capability even if they do not change.
        Capabilities: ['CAPABILITY_IAM'],
        Parameters: Object.keys(stack.parameters).map((ParameterKey) =>
          ParameterKey === parameter
            ? { ParameterKey, ParameterValue: value }
            : { ParameterKey, UsePreviousValue: true },
        ),
      }),
    );
    return true;
  } catch (error) {
    if (isNamed(error, 'ValidationError') && /_IN_PROGRESS state/.test((error as Error).message)) return false;
    throw error;
  }
}

const rolledBack = ({ name, status, statusReason }: DeployedStack): Refused =>
  new Refused(
    `CloudFormation rolled back the change of ${name}: ${status}${statusReason && ` (${statusReason})`}.`,
    `See aws cloudformation describe-stack-events --stack-name ${name}, fix the problem, and run this again. It continues where it stopped.`,
  );
