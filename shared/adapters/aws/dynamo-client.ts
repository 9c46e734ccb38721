import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { impatient } from './request-handler.ts';

/**
 * A client that retries twice at most and within seconds. Repetitions by the SDK are harmless here:
 * commits know themselves by their nonce, and all other writes are conditional.
 */
export const dynamoClient = (): DynamoDBClient =>
  new DynamoDBClient({ maxAttempts: 3, requestHandler: impatient(2000) });
