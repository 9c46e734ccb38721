/** The services that the gateway stands in front of, by the SDK's endpoint names. */
export const SERVICE_NAMES = [
  'dynamodb',
  'dynamodbstreams',
  'sns',
  'sqs',
  's3',
  'sesv2',
  'secretsmanager',
  'pinpoint-sms-voice-v2',
] as const;

export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Where resources live: the two ARN parts that a request does not carry. */
export type Scope = { region: string; accountId: string };

/** Something to say to a client without asking the engine. */
export type Answer = { status: number; headers: Record<string, string>; body: string };
