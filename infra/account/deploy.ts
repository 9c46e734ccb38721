import { spawn } from 'node:child_process';
import { resolveCname } from 'node:dns/promises';
import { delimiter, dirname, join } from 'node:path';
import { stackNameOf, writeOutputs } from '../outputs.ts';
import { placeholdersIn } from '../stages.ts';
import type { Finding } from './checks/check.ts';
import { clientConfigOf, openAccount } from './clients.ts';
import { chosenStage, readArguments, runCommand, type Surroundings } from './command.ts';
import { type Examination, examine } from './examine.ts';
import { Refused } from './refused.ts';
import { type DeployedStack, deployedStage } from './stack.ts';

const USAGE = 'Usage: npm run deploy -- --stage <name> [--require-approval never|any-change|broadening]';
const root = join(import.meta.dirname, '..', '..');

/** Starts the CDK's command line with these arguments, and returns its exit code. */
export type RunCdk = (args: string[], environment: Record<string, string | undefined>) => Promise<number>;

/**
 * `npm run deploy`: refuses what can be known to fail, deploys, and writes what the stage says about itself
 * beside the others' outputs.
 */
export async function deploy(
  args: string[],
  surroundings: Surroundings,
  { runCdk = runCdkOf(OWN_CDK), lookUp = resolveCname } = {},
): Promise<number> {
  const { values } = readArguments(USAGE, args, { stage: { type: 'string' }, 'require-approval': { type: 'string' } });
  const { stage, settings } = chosenStage(values.stage, surroundings);
  const placeholders = placeholdersIn(settings);
  if (placeholders.length > 0) throw new Refused(...placeholders);

  const { print, client, environment, folder } = surroundings;
  const only = ({ stops }: { stops: string }): boolean => stops === 'deploy';
  const examination = await examine({ stage, settings, client, resolveCname: lookUp, only });
  const { accountId, region } = cleared(examination);

  const stackName = stackNameOf(stage);
  print(`Deploying ${stackName} to account ${accountId}, ${region}`);
  const approval = values['require-approval'];
  const options = approval === undefined ? [] : ['--require-approval', approval];
  // Parameters keep their values: that is CDK's default, and the machine clients are one.
  const cdkArguments = ['deploy', stackName, '--context', `stage=${stage}`, '--previous-parameters', ...options];
  const code = await runCdk(cdkArguments, { ...environment, AWS_REGION: region, AWS_DEFAULT_REGION: region });
  if (code !== 0) {
    throw new Refused(
      `cdk deploy ended with ${code}; its own words are above, and npm run doctor -- --stage ${stage} says what state the stack is in.`,
    );
  }

  const account = openAccount(clientConfigOf(settings.region, client));
  const { stack, outputs } = await deployedStage(account.cloudFormation, stackName, region);
  const file = join(folder, `${stage}.outputs.json`);
  writeOutputs(file, outputs);
  print(`${file} says where everything is.`);
  for (const line of nextSteps(stage, stack)) print(line);
  return 0;
}

/** @throws Refused with every reason not to deploy. */
function cleared({ results, place }: Examination): { accountId: string; region: string } {
  const blocking = results.flatMap(({ findings }) => findings).filter(({ severity }) => severity === 'deploy');
  if (blocking.length > 0) throw new Refused(...blocking.map(({ fault, next }: Finding) => `${fault} ${next}`));
  if (!place) throw new Refused('Nobody could say which account this is.');
  return place;
}

/** DNS records that prove the domain, and what comes after a deployment. */
function nextSteps(stage: string, { outputs }: DeployedStack): string[] {
  const records = Object.values(outputs).filter((value) => / CNAME /.test(value));
  const step = (command: string): string => `  npm run ${command.replace(' ', ` -- --stage ${stage} `).trimEnd()}`;
  return [
    ...(records.length > 0 ? ['DNS records that prove the domain to SES; add them, if they are not there yet:'] : []),
    ...records.map((record) => `  ${record}`),
    'Next:',
    `${step('doctor ')}   what stands between here and the first mail`,
    `${step('smoke ')}   sends one mail to the mailbox simulator`,
    `${step('tenants add <tenant> --client')}   lets a tenant in`,
  ];
}

/**
 * A CDK by its command.
 * @param command an executable, and what stands before the arguments.
 * @param stdio where its words go, and whence its questions are answered.
 */
export const runCdkOf =
  ([executable = '', ...before]: string[], stdio: 'inherit' | 'ignore' = 'inherit'): RunCdk =>
  (args, environment) =>
    new Promise((resolve, reject) => {
      // The app finds the Node that runs this, as the CDK does.
      const PATH = [dirname(process.execPath), environment.PATH].join(delimiter);
      const child = spawn(executable, [...before, ...args], {
        cwd: root,
        stdio,
        env: { ...environment, PATH },
      });
      child.on('error', reject).on('close', (code) => resolve(code ?? 1));
    });

/** The CDK that this project has pinned. */
export const OWN_CDK = [process.execPath, join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk')];

if (import.meta.main) await runCommand(deploy);
