import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

export type CountedReads = { calls: number; readUnits: number };
type Answer = { ConsumedCapacity?: { CapacityUnits?: number } | { CapacityUnits?: number }[] };

/** Counts what a client calls from now on, and the read units that the engine says they cost. */
export function countReads(client: DynamoDBClient): CountedReads {
  const counted: CountedReads = { calls: 0, readUnits: 0 };
  client.middlewareStack.add(
    (next) => async (request) => {
      Object.assign(request.input, { ReturnConsumedCapacity: 'TOTAL' });
      const answer = await next(request);
      counted.calls += 1;
      const { ConsumedCapacity = [] } = answer.output as Answer;
      for (const { CapacityUnits = 0 } of [ConsumedCapacity].flat()) counted.readUnits += CapacityUnits;
      return answer;
    },
    { step: 'initialize' },
  );
  return counted;
}
