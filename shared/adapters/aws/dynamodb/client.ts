import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { requestTimeouts } from '#shared/adapters/aws/runtime/request-handler.ts';

/**
 * A client that gives up within seconds. Retries by the SDK are harmless here: a commit recognises itself
 * by its nonce, and all other writes are conditional.
 */
export function dynamoClient({ maxAttempts = 3, timeoutMs = 2000 } = {}): DynamoDBClient {
  const client = new DynamoDBClient({ maxAttempts, requestHandler: requestTimeouts(timeoutMs) });
  // It composes what it would log for every call, also without a log: it copies all rows of all answers.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
