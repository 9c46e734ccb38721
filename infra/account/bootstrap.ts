import { bootstrapOptions, OWN_CDK, type RunCdk, runCdkOf } from './cdk.ts';
import { clientConfigOf, openAccount, placeOf } from './clients.ts';
import { type CommandContext, chosenStage, readArguments, runCommand } from './command.ts';
import { Refused } from './refused.ts';

const USAGE = 'Usage: npm run bootstrap -- --stage <name> [--custom-permissions-boundary <policy>]';
const BOUNDARY = 'custom-permissions-boundary';

/**
 * `npm run bootstrap`: prepares the stage's account and region for the CDK, once. Without `--app ''`, `cdk bootstrap`
 * would first run the app of `cdk.json`, which needs a stage and contributes nothing to a bootstrap.
 */
export async function bootstrap(
  args: string[],
  context: CommandContext,
  { runCdk = runCdkOf(OWN_CDK) }: { runCdk?: RunCdk } = {},
): Promise<number> {
  const { values } = readArguments(USAGE, args, { stage: { type: 'string' }, [BOUNDARY]: { type: 'string' } });
  const { stage, settings } = chosenStage(values.stage, context);
  const { client, environment, print } = context;
  const account = openAccount(clientConfigOf(settings.region, client));
  const { accountId, region } = await placeOf(account, { stage, settings });
  print(`Preparing account ${accountId}, ${region}, for the CDK`);
  const boundary = values[BOUNDARY] === undefined ? [] : [`--${BOUNDARY}`, values[BOUNDARY]];
  const options = [...bootstrapOptions(settings), ...boundary];
  const cdkArguments = ['bootstrap', `aws://${accountId}/${region}`, '--app', '', ...options];
  const code = await runCdk(cdkArguments, { ...environment, AWS_REGION: region, AWS_DEFAULT_REGION: region });
  if (code === 0) return 0;
  throw new Refused(
    `cdk bootstrap ended with exit code ${code}. The reason is above. For more, run aws cloudformation describe-stack-events --stack-name CDKToolkit.`,
  );
}

if (import.meta.main) await runCommand(bootstrap);
