/** The services that the gateway represents, by the SDK's endpoint names. */
export const SERVICE_NAMES = [
  'dynamodb',
  'dynamodbstreams',
  'sns',
  'sqs',
  's3',
  'sesv2',
  'secretsmanager',
  'lambda',
  'pinpoint-sms-voice-v2',
  'appsync',
] as const;

export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Region and account of the resources: the two parts of an ARN that a request does not contain. */
export type Scope = { region: string; accountId: string };
