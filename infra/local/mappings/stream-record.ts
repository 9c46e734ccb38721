import { createHash } from 'node:crypto';
import type { AttributeValue, _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';

/** Position of a record in its stream. */
export function sequenceOf({ dynamodb }: StreamRecord): string {
  return dynamodb?.SequenceNumber ?? '';
}

/**
 * A stream record in the event that Lambda passes to a function. The engines' own values (their name as the region, the
 * sequence number as event id) are replaced, because a function would not see them at AWS.
 */
export function streamEvent(record: StreamRecord, streamArn: string, region: string): Record<string, unknown> {
  const { dynamodb = {} } = record;
  const { eventName, userIdentity } = hasExpired(record) ? EXPIRY : record;
  const images = { Keys: dynamodb.Keys, NewImage: dynamodb.NewImage, OldImage: dynamodb.OldImage };
  return {
    eventID: createHash('md5').update(`${streamArn} ${dynamodb.SequenceNumber}`).digest('hex'),
    eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor((dynamodb.ApproximateCreationDateTime?.getTime() ?? 0) / 1000),
      ...Object.fromEntries(
        Object.entries(images).flatMap(([name, image]) => (image ? [[name, plainItem(image)]] : [])),
      ),
      SequenceNumber: dynamodb.SequenceNumber,
      SizeBytes: dynamodb.SizeBytes,
      StreamViewType: dynamodb.StreamViewType,
    },
    eventSourceARN: streamArn,
    ...(userIdentity ? { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } } : {}),
  };
}

/** The fields of a record that AWS writes for an expired row. */
const EXPIRY = {
  eventName: 'REMOVE',
  userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
};

/** DynamoDB Local removes expired rows too, with an event name that no SDK knows. dynoxide keeps them. */
function hasExpired({ eventName }: StreamRecord): boolean {
  const name: string | undefined = eventName;
  return name === 'UNKNOWN_TO_SDK_VERSION';
}

type Item = Record<string, AttributeValue>;

/** An item as JSON. The SDK returns bytes, the event contains base64. */
function plainItem(item: Item): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: AttributeValue): unknown {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.M !== undefined) return { M: plainItem(value.M) };
  if (value.L !== undefined) return { L: value.L.map(plainValue) };
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
