import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudWatchAlarmEvent, DynamoDBStreamEvent, SQSEvent, SQSRecord } from 'aws-lambda';
import type { HttpEvent } from '#shared/http/event.ts';

const text = (file: string): string => readFileSync(join(import.meta.dirname, 'aws-events', file), 'utf8');
const example = <Event>(name: string): Event => JSON.parse(text(`${name}.json`)) as Event;

/** AWS's documented examples, each read again; see aws-events/README.md. */
export const documented = {
  httpApi: () => example<HttpEvent>('http-api-v2'),
  dynamoStream: () => example<DynamoDBStreamEvent>('dynamodb-stream'),
  alarm: () => example<CloudWatchAlarmEvent>('cloudwatch-alarm'),
  sqs: () => example<SQSEvent>('sqs'),
  snsNotification: () => example<Record<string, string>>('sns-notification'),
  ses: (type: string) => example<SesExample>(`ses-${type}`),
  sesGreeting: () => text('ses-greeting.txt'),
};

/** Every type of event that SES's page shows, as its file is named. */
export const SES_TYPES = [
  'bounce',
  'click',
  'complaint',
  'delivery',
  'delivery-delay',
  'open',
  'reject',
  'rendering-failure',
  'send',
  'subscription',
];

export type SesExample = {
  eventType: string;
  mail: { timestamp: string; messageId: string; tags: Record<string, string[]> };
};

/** The first record of the documented batch, with another id and body. */
export function sqsRecord(messageId: string, body: string): SQSRecord {
  const [record] = documented.sqs().Records;
  if (!record) throw new Error('The example has no record.');
  return { ...record, messageId, body };
}

/** A batch of such records with these bodies, sent just now. */
export const sqsBatch = (...bodies: string[]): SQSEvent => ({
  Records: bodies.map((body, index) => {
    const record = sqsRecord(`message-${index}`, body);
    return { ...record, attributes: { ...record.attributes, SentTimestamp: String(Date.now()) } };
  }),
});
