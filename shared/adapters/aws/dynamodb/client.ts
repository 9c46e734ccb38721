import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { requestTimeouts } from '#shared/adapters/aws/runtime/request-handler.ts';

/**
 * A client that gives up within seconds. Retries by the SDK are harmless here: a commit recognises itself
 * by its nonce, and all other writes are conditional.
 */
export const dynamoClient = ({ maxAttempts = 3, timeoutMs = 2000 } = {}): DynamoDBClient =>
  new DynamoDBClient({ maxAttempts, requestHandler: requestTimeouts(timeoutMs) });
