import { setTimeout as pause } from 'node:timers/promises';
import { type CloudFormationClient, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { MACHINE_CLIENTS_PARAMETER, NO_CLIENT } from '../constructs/tokens.ts';
import { isNamed, Refused } from './refused.ts';
import { type DeployedStack, describeStack, isBusy } from './stack.ts';

/** Most entries of an authorizer’s list in API Gateway. AWS does not raise this quota. */
export const MAX_ACCEPTED_CLIENTS = 50;

/** Client ids that the stage’s API accepts in addition to those of its template. */
export function acceptedClients({ parameters }: DeployedStack): string[] {
  const ids = (parameters[MACHINE_CLIENTS_PARAMETER] ?? '').split(',');
  return ids.filter((id) => id !== '' && id !== NO_CLIENT).sort();
}

export type AcceptOptions = {
  cloudFormation: CloudFormationClient;
  stackName: string;
  /** Read before every change, because another process may have added a client in the meantime. */
  wanted(): Promise<string[]>;
  pollMs: number;
  print(line: string): void;
};

/** How often the parameter is set before this command gives up. Other processes may be setting it, too. */
const MAX_UPDATES = 5;

/**
 * Makes the API accept exactly the wanted clients: sets the stack’s parameter and waits until CloudFormation has
 * finished. It changes nothing else in the stack. It also waits for concurrent changes of others, and then builds the
 * list again from the current clients, so that no client is lost.
 * @throws Refused if CloudFormation rolled the change back.
 */
export async function acceptClients(options: AcceptOptions): Promise<void> {
  let isOurs = false;
  for (let updates = 0; updates < MAX_UPDATES; updates += 1) {
    const stack = await idleStack(options);
    const wanted = (await options.wanted()).sort();
    if (acceptedClients(stack).join() === wanted.join()) return;
    if (isOurs && stack.status !== 'UPDATE_COMPLETE') throw rolledBack(stack);
    isOurs = await setParameter(options, stack, wanted);
  }
  throw new Refused(
    `The list of accepted clients of ${options.stackName} keeps changing. Run this again when no other process changes it.`,
  );
}

/** Waits until no operation on the stack is in progress, and returns the stack. */
async function idleStack({ cloudFormation, stackName, pollMs, print }: AcceptOptions): Promise<DeployedStack> {
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
  { cloudFormation }: AcceptOptions,
  stack: DeployedStack,
  wanted: string[],
): Promise<boolean> {
  const value = wanted.length > 0 ? wanted.join(',') : NO_CLIENT;
  try {
    await cloudFormation.send(
      new UpdateStackCommand({
        StackName: stack.name,
        UsePreviousTemplate: true,
        // The template contains roles. CloudFormation requires this capability even if they do not change.
        Capabilities: ['CAPABILITY_IAM'],
        Parameters: Object.keys(stack.parameters).map((ParameterKey) =>
          ParameterKey === MACHINE_CLIENTS_PARAMETER
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
