import { bootstrapOptions, OWN_CDK, type RunCdk, runCdkOf } from './cdk.ts';
import { clientConfigOf, openAccount, placeOf } from './clients.ts';
import { chosenStage, readArguments, runCommand, type Surroundings } from './command.ts';
import { Refused } from './refused.ts';

const USAGE = 'Usage: npm run bootstrap -- --stage <name> [--custom-permissions-boundary <policy>]';
const BOUNDARY = 'custom-permissions-boundary';

/**
 * `npm run bootstrap`: prepares the stage's account and region for the CDK, once. Without `--app ''`, `cdk bootstrap`
 * would first run the app of `cdk.json`, which needs a stage and contributes nothing to a bootstrap.
 */
export async function bootstrap(
  args: string[],
  surroundings: Surroundings,
  { runCdk = runCdkOf(OWN_CDK) }: { runCdk?: RunCdk } = {},
): Promise<number> {
  const { values } = readArguments(USAGE, args, { stage: { type: 'string' }, [BOUNDARY]: { type: 'string' } });
  const { stage, settings } = chosenStage(values.stage, surroundings);
  const { client, environment, print } = surroundings;
  const account = openAccount(clientConfigOf(settings.region, client));
  const { accountId, region } = await placeOf(account, { stage, settings });
  print(`Preparing account ${accountId}, ${region}, for the CDK`);
  const boundary = values[BOUNDARY] === undefined ? [] : [`--${BOUNDARY}`, values[BOUNDARY]];
  const options = [...bootstrapOptions(settings), ...boundary];
  const cdkArguments = ['bootstrap', `aws://${accountId}/${region}`, '--app', '', ...options];
  const code = await runCdk(cdkArguments, { ...environment, AWS_REGION: region, AWS_DEFAULT_REGION: region });
  if (code === 0) return 0;
  throw new Refused(
    `cdk bootstrap ended with ${code}; the reason is above. The stack is CDKToolkit: aws cloudformation describe-stack-events --stack-name CDKToolkit says more.`,
  );
}

if (import.meta.main) await runCommand(bootstrap);
