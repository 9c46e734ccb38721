import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { PinpointSMSVoiceV2Client } from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';

import { Refused } from './refused.ts';

/** How AWS is reached; what is not said is found as every tool of AWS finds it. */
export type ClientConfig = {
  region?: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
};

/** One client for each service that is asked about an account, all of one region. */
export type Account = ReturnType<typeof openAccount>;

export function openAccount(config: ClientConfig) {
  // Somebody waits at the terminal: a call that hangs is told, not endured.
  const shared = { ...config, requestHandler: { connectionTimeout: 5000, requestTimeout: 30_000 } };
  return {
    cloudFormation: new CloudFormationClient(shared),
    cognito: new CognitoIdentityProviderClient(shared),
    dynamo: new DynamoDBClient(shared),
    lambda: new LambdaClient(shared),
    ses: new SESv2Client(shared),
    sms: new PinpointSMSVoiceV2Client(shared),
    sns: new SNSClient(shared),
    ssm: new SSMClient(shared),
    sts: new STSClient(shared),
  };
}

/** The client config of a stage: where it is deployed, if its settings say so. */
export const clientConfigOf = (region: string | undefined, config: ClientConfig): ClientConfig => ({
  ...config,
  ...(region && { region }),
});

/**
 * The region that an account is asked in: the stage's, or the environment's.
 * @throws Refused if neither names one.
 */
export async function regionOf({ sts }: Account): Promise<string> {
  // The SDK throws where nobody names a region; an empty variable it takes for a name.
  const region = await sts.config.region().catch(() => '');
  if (region) return region;
  throw new Refused(
    'No region: neither the stage nor the environment names one.',
    'Set region in infra/stages.ts, or AWS_REGION.',
  );
}
