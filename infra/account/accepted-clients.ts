import { setTimeout as pause } from 'node:timers/promises';
import { type CloudFormationClient, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { MACHINE_CLIENTS_PARAMETER, NO_CLIENT } from '../constructs/tokens.ts';
import { isNamed, Refused } from './refused.ts';
import { type DeployedStack, describeStack, isBusy } from './stack.ts';

/** Entries that API Gateway takes in an authorizer’s list, at most; a quota that AWS does not raise. */
export const MOST_ACCEPTED_CLIENTS = 50;

/** Client ids that the stage’s API accepts beside those of its template. */
export function acceptedClients({ parameters }: DeployedStack): string[] {
  const ids = (parameters[MACHINE_CLIENTS_PARAMETER] ?? '').split(',');
  return ids.filter((id) => id !== '' && id !== NO_CLIENT).sort();
}

export type AcceptOptions = {
  cloudFormation: CloudFormationClient;
  stackName: string;
  /** Asked before every change: somebody else may have added a client meanwhile. */
  wanted(): Promise<string[]>;
  pollMs: number;
  print(line: string): void;
};

/** How often the parameter is set before somebody has to look; others may be setting it too. */
const MOST_UPDATES = 5;

/**
 * Makes the API accept exactly the wanted clients: sets the stack’s parameter and waits until CloudFormation
 * has finished. Nothing else of the stack is changed. Changes that others make at the same time are waited
 * for, and the list is made again from what is there then, so nobody’s client is lost.
 * @throws Refused if CloudFormation took the change back.
 */
export async function acceptClients(options: AcceptOptions): Promise<void> {
  let isOurs = false;
  for (let updates = 0; updates < MOST_UPDATES; updates += 1) {
    const stack = await quietStack(options);
    const wanted = (await options.wanted()).sort();
    if (acceptedClients(stack).join() === wanted.join()) return;
    if (isOurs && stack.status !== 'UPDATE_COMPLETE') throw tookBack(stack);
    isOurs = await setParameter(options, stack, wanted);
  }
  throw new Refused(
    `The list of accepted clients of ${options.stackName} keeps changing; run it again when nobody else changes it.`,
  );
}

/** The stack, once CloudFormation does nothing to it. */
async function quietStack({ cloudFormation, stackName, pollMs, print }: AcceptOptions): Promise<DeployedStack> {
  for (let told = ''; ; ) {
    const stack = await describeStack(cloudFormation, stackName);
    if (!stack) throw new Refused(`Stack ${stackName} is gone.`);
    if (!isBusy(stack)) return stack;
    if (stack.status !== told) print(`${stackName} is ${stack.status}; waiting`);
    told = stack.status;
    await pause(pollMs);
  }
}

/** False if somebody else began a change after we had looked; theirs is waited for. */
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
        // The template has roles; CloudFormation wants that said although nothing of them changes.
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

const tookBack = ({ name, status, statusReason }: DeployedStack): Refused =>
  new Refused(
    `CloudFormation took the change of ${name} back: ${status}${statusReason && ` (${statusReason})`}.`,
    `See aws cloudformation describe-stack-events --stack-name ${name}, mend what it names, and run this again: it goes on where it stopped.`,
  );
