import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { MACHINE_CLIENTS_PARAMETER, NO_CLIENT } from '../constructs/tokens.ts';
import type { DeployedStack } from './stack.ts';
import { keepParameter } from './stack-parameter.ts';

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

/**
 * Makes the API accept exactly the wanted clients.
 * @throws Refused if CloudFormation rolled the change back.
 */
export const acceptClients = ({ wanted, ...options }: AcceptOptions): Promise<void> =>
  keepParameter({
    ...options,
    parameter: MACHINE_CLIENTS_PARAMETER,
    missingValue: async (stack) => {
      const ids = (await wanted()).sort();
      if (acceptedClients(stack).join() === ids.join()) return undefined;
      return ids.length > 0 ? ids.join(',') : NO_CLIENT;
    },
    contested: `The list of accepted clients of ${options.stackName} keeps changing. Run this again when no other process changes it.`,
  });
