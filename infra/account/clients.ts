import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { PinpointSMSVoiceV2Client } from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { StageSettings } from '../settings.ts';
import { describeError, isFailedCall, isUnreached, nextAfter, recordingCalls } from './failed-calls.ts';
import { Refused } from './refused.ts';

/** How to reach AWS. Missing fields are found as in every tool of AWS: in the environment and the profile. */
export type ClientConfig = {
  region?: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
};

/** One client per AWS service that the commands use, all in one region. */
export type Account = ReturnType<typeof openAccount>;

export function openAccount(config: ClientConfig) {
  // A person waits at the terminal, so a call that hangs fails with an error.
  const shared = { ...config, requestHandler: { connectionTimeout: 5000, requestTimeout: 30_000 } };
  return {
    cloudFormation: recordingCalls(new CloudFormationClient(shared)),
    cognito: recordingCalls(new CognitoIdentityProviderClient(shared)),
    dynamo: recordingCalls(new DynamoDBClient(shared)),
    lambda: recordingCalls(new LambdaClient(shared)),
    secrets: recordingCalls(new SecretsManagerClient(shared)),
    ses: recordingCalls(new SESv2Client(shared)),
    sms: recordingCalls(new PinpointSMSVoiceV2Client(shared)),
    sns: recordingCalls(new SNSClient(shared)),
    ssm: recordingCalls(new SSMClient(shared)),
    sts: recordingCalls(new STSClient(shared)),
  };
}

/** The client config of a stage: with the stage's region, if its settings name one. */
export const clientConfigOf = (region: string | undefined, config: ClientConfig): ClientConfig => ({
  ...config,
  ...(region && { region }),
});

/** An account and one of its regions. */
export type Place = { accountId: string; region: string };

/** The stage that a command acts on, with the settings that say where it is. */
type TargetStage = { stage: string; settings: Pick<StageSettings, 'account'> };

/**
 * Finds the account and the region of the credentials. Every command calls this first, before it reads or changes
 * anything.
 * @throws Refused if no region is named, AWS was not reached, or the stage belongs to another account.
 */
export async function placeOf(account: Account, { stage, settings }: TargetStage): Promise<Place> {
  const region = await regionOf(account);
  const accountId = await accountOf(account);
  if (settings.account === undefined || settings.account === accountId) return { accountId, region };
  throw new Refused(
    `Stage ${stage} belongs to account ${settings.account}; these credentials are of account ${accountId}.`,
    `Use credentials of account ${settings.account} (AWS_PROFILE). If the stage has moved, change its account in infra/stages.ts.`,
  );
}

async function accountOf({ sts }: Account): Promise<string> {
  try {
    const { Account: accountId = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return accountId;
  } catch (error) {
    if (!isFailedCall(error)) throw error;
    const fault = isUnreached(error) ? 'AWS cannot be reached' : 'AWS does not accept these credentials';
    throw new Refused(`${fault}: ${describeError(error)}.`, nextAfter(error));
  }
}

async function regionOf({ sts }: Account): Promise<string> {
  // The SDK throws if no region is named, or if the name cannot be a part of an address. It accepts an empty variable
  // as a name.
  const region = await sts.config.region().catch((error: Error) => {
    if (/^Region is missing/.test(error.message)) return '';
    throw new Refused(error.message, nextAfter(error));
  });
  if (region) return region;
  throw new Refused(
    'No region: neither the stage nor the environment names one.',
    'Set region in infra/stages.ts, or AWS_REGION.',
  );
}
