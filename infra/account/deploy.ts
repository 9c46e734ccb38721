import { randomUUID } from 'node:crypto';
import { resolveCname } from 'node:dns/promises';
import { join } from 'node:path';
import { ALL_AT_ONCE, consoleStackNameOf, stackNameOf, writeOutputs } from '../outputs.ts';
import type { StageSettings } from '../settings.ts';
import { placeholdersIn } from '../stages.ts';
import { OWN_CDK, type RunCdk, runCdkOf } from './cdk.ts';
import { deleteChangeSet, describeChangeSet, type Loss, lossesIn } from './change-set.ts';
import type { Finding } from './checks/check.ts';
import { type Account, clientConfigOf, openAccount, type Place } from './clients.ts';
import { type CommandContext, chosenStage, readArguments, runCommand } from './command.ts';
import { type Examination, examine } from './examine.ts';
import { introduceConsole } from './introduce-console.ts';
import { Refused } from './refused.ts';
import { type DeployedStack, deployedStage, describeStack, isUnmade } from './stack.ts';

const USAGE =
  'Usage: npm run deploy -- --stage <name> [--require-approval never|any-change|broadening] [--replace <logical id>]… [--all-at-once]';

/**
 * `npm run deploy`: refuses a deployment that would certainly fail or lose something, deploys, and writes the stage's
 * outputs next to the outputs of the other stages.
 */
export async function deploy(
  args: string[],
  context: CommandContext,
  { runCdk = runCdkOf(OWN_CDK), lookUp = resolveCname, assembly = 'cdk.out' } = {},
): Promise<number> {
  const { values } = readArguments(USAGE, args, {
    stage: { type: 'string' },
    'require-approval': { type: 'string' },
    replace: { type: 'string', multiple: true, default: [] },
    'all-at-once': { type: 'boolean', default: false },
  });
  const { stage, settings } = chosenStage(values.stage, context);
  const placeholders = placeholdersIn(settings);
  if (placeholders.length > 0) throw new Refused(...placeholders);

  const { print, client, environment, folder } = context;
  const only = ({ stops }: { stops: string }): boolean => stops === 'deploy';
  const examination = await examine({ stage, settings, client, resolveCname: lookUp, only });
  const { accountId, region } = requireDeployable(examination);

  const stackName = stackNameOf(stage);
  print(`Deploying ${stackName} to account ${accountId}, ${region}`);
  const account = openAccount(clientConfigOf(settings.region, client));
  const isolated = { ...environment, AWS_REGION: region, AWS_DEFAULT_REGION: region };
  const approval = values['require-approval'];
  const shared = {
    settings,
    account,
    approval: approval === undefined ? [] : ['--require-approval', approval],
    print,
    synthesized: ['--app', assembly],
    cdk: (...cdkArguments: string[]) => cdkDeploy(runCdk, stage, cdkArguments, isolated),
  };
  await change({
    ...shared,
    stackName,
    replaceable: values.replace,
    synthesizing: [
      ...['--context', `stage=${stage}`],
      ...(values['all-at-once'] ? ['--context', `${ALL_AT_ONCE}=true`] : []),
      ...['--output', assembly, '--previous-parameters'],
    ],
  });
  if (settings.console) {
    const consoleName = consoleStackNameOf(stage);
    print(`Deploying ${consoleName}`);
    // The main stack is not a part of this deployment: it is complete.
    const synthesizing = [...shared.synthesized, '--exclusively'];
    await change({ ...shared, stackName: consoleName, replaceable: [], synthesizing });
    await introduceConsole({ account, stackName, consoleName, pollMs: context.pollMs, print });
  }

  const { stack, outputs } = await deployedStage(account.cloudFormation, stackName, region);
  const file = join(folder, `${stage}.outputs.json`);
  writeOutputs(file, outputs);
  print(`${file} contains the outputs of the stage.`);
  if (settings.console) print(`The console is at ${outputs.consoleUrl}`);
  for (const line of nextSteps(stage, stack)) print(line);
  return 0;
}

/** Runs `cdk deploy` for a stage. @throws Refused if it fails. */
async function cdkDeploy(
  runCdk: RunCdk,
  stage: string,
  options: string[],
  environment: Record<string, string | undefined>,
): Promise<void> {
  const code = await runCdk(['deploy', ...options], environment);
  if (code === 0) return;
  throw new Refused(
    `cdk deploy ended with exit code ${code}. Its messages are above. npm run doctor -- --stage ${stage} shows the state of the stack.`,
  );
}

type Deployment = {
  stackName: string;
  settings: StageSettings;
  account: Account;
  /** The CDK's option for approvals. */
  approval: string[];
  /** Logical ids that may be replaced or removed. */
  replaceable: string[];
  print(line: string): void;
  /**
   * Options that synthesize the templates. Parameters keep their values (also the CDK's default), because one of them
   * lists the machine clients.
   */
  synthesizing: string[];
  /** Options that use the synthesized templates. */
  synthesized: string[];
  /** Runs `cdk deploy` with the name of a stack and options. */
  cdk(stackName: string, ...options: string[]): Promise<void>;
};

/**
 * Creates the stack, or changes it in two steps: a change set is prepared, and executed only if it loses nothing. A
 * stack that does not exist has nothing to lose.
 */
async function change(deployment: Deployment): Promise<void> {
  const { stackName, account, approval, replaceable, print, synthesizing, synthesized, cdk } = deployment;
  const stack = await describeStack(account.cloudFormation, stackName);
  if (!stack || isUnmade(stack) || /^(ROLLBACK|CREATE_FAILED)/.test(stack.status)) {
    return cdk(stackName, ...synthesizing, ...approval);
  }
  const changeSetName = `counterfoil-${randomUUID()}`;
  const named = ['--change-set-name', changeSetName];
  // The CDK asks for approval before the execution. Nothing is changed before.
  await cdk(stackName, ...synthesizing, '--method', 'prepare-change-set', ...named, '--require-approval', 'never');
  const changeSet = { cloudFormation: account.cloudFormation, stackName, changeSetName };
  const { isEmpty, changes } = await describeChangeSet(changeSet);
  const faults = lossFaults(lossesIn(changes), deployment);
  if (isEmpty || faults.length > 0) await deleteChangeSet(changeSet);
  if (faults.length > 0) throw new Refused(...faults);
  if (isEmpty) return print(`${stackName} has no changes.`);
  for (const id of replaceable) print(`${id} will be replaced or removed, because --replace names it.`);
  await cdk(stackName, ...synthesized, '--method', 'execute-change-set', ...named, ...approval);
}

/** A restored table replaces the stack's own table, which then leaves the stack and stays in the account. */
const ADOPTABLE = 'AWS::DynamoDB::GlobalTable';

function lossFaults(losses: Loss[], { settings, replaceable }: Deployment): string[] {
  const unwanted = losses.filter(
    ({ logicalId, type, verb }) =>
      !replaceable.includes(logicalId) &&
      !(settings.adoptedTable !== undefined && type === ADOPTABLE && verb === 'remove'),
  );
  const idle = replaceable.filter((id) => !losses.some(({ logicalId }) => logicalId === id));
  return [
    ...unwanted.map(({ logicalId, type, verb, reason }) => `This would ${verb} ${logicalId} (${type}). ${reason}`),
    ...idle.map((id) => `--replace ${id}: this change does not replace it. Leave the option out.`),
    ...(unwanted.length > 0
      ? [
          'Nothing was changed. The usual cause is a construct that was moved or renamed: restore its path or logical id. docs/how-to/upgrade.md describes how to replace a resource on purpose.',
        ]
      : []),
  ];
}

/** @throws Refused with every reason not to deploy. */
function requireDeployable({ results, place }: Examination): Place {
  const blocking = results.flatMap(({ findings }) => findings).filter(({ severity }) => severity === 'deploy');
  if (blocking.length > 0) throw new Refused(...blocking.map(({ fault, next }: Finding) => `${fault} ${next}`));
  if (!place) throw new Refused('AWS did not return the account of these credentials.');
  return place;
}

/** The DNS records that a person has to add, and the next steps after a deployment. */
function nextSteps(stage: string, { outputs }: DeployedStack): string[] {
  const records = Object.values(outputs).filter((value) => / CNAME /.test(value));
  const step = (command: string): string => `  npm run ${command.replace(' ', ` -- --stage ${stage} `).trimEnd()}`;
  return [
    ...(records.length > 0
      ? ['These DNS records prove the domain of the sender and lead to the stage. Add them if they do not exist yet:']
      : []),
    ...records.map((record) => `  ${record}`),
    'Next:',
    `${step('doctor ')}   shows what prevents the first e-mail`,
    `${step('smoke ')}   sends one e-mail to the mailbox simulator`,
    `${step('tenants add <tenant> --client')}   gives a tenant access`,
  ];
}

if (import.meta.main) await runCommand(deploy);
