import { CONSOLE_ORIGIN_PARAMETER } from '../constructs/console-origin.ts';
import { CONSOLE_ORIGIN_KEY } from '../outputs.ts';
import type { Account } from './clients.ts';
import { Refused } from './refused.ts';
import { describeStack } from './stack.ts';
import { keepParameter } from './stack-parameter.ts';

type Introduction = {
  account: Account;
  /** The stage's stack. */
  stackName: string;
  /** The stack of its console. */
  consoleName: string;
  pollMs: number;
  print(line: string): void;
};

/**
 * Lets the console call the API and sign people in: sets the parameter of the stage's stack to the origin that CloudFront
 * has given to the console. It does nothing if the parameter has this value, or if the stage names the origin itself.
 */
export async function introduceConsole({
  account,
  stackName,
  consoleName,
  pollMs,
  print,
}: Introduction): Promise<void> {
  const { cloudFormation } = account;
  const origin = (await describeStack(cloudFormation, consoleName))?.outputs[CONSOLE_ORIGIN_KEY];
  if (origin === undefined)
    throw new Refused(`Stack ${consoleName} does not say where the console is. Deploy it again.`);
  await keepParameter({
    cloudFormation,
    stackName,
    parameter: CONSOLE_ORIGIN_PARAMETER,
    missingValue: async ({ parameters }) => {
      const current = parameters[CONSOLE_ORIGIN_PARAMETER];
      if (current === undefined || current === origin) return undefined;
      print(`Setting ${CONSOLE_ORIGIN_PARAMETER} of ${stackName} to ${origin}`);
      return origin;
    },
    contested: `${CONSOLE_ORIGIN_PARAMETER} of ${stackName} keeps changing. Run this again when no other process changes it.`,
    pollMs,
    print,
  });
}
