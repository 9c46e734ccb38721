import * as v from 'valibot';
import { readAs } from '../base/read.ts';
import type { Input, Operation } from './operations.ts';

/** Capacity units that one call used. */
export type Units = { readUnits: number; writeUnits: number };

const reading = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);
const writing = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems']);

/** Whether an operation of DynamoDB consumes capacity. */
export const isMetered = (operation: string): boolean => reading.has(operation) || writing.has(operation);

const requestsCapacity = ({ ReturnConsumedCapacity }: Input) =>
  ReturnConsumedCapacity === 'TOTAL' || ReturnConsumedCapacity === 'INDEXES';

/** Adds `ReturnConsumedCapacity` to a request, unless the caller set it. */
export function requestCapacity({ input }: Operation, body: Buffer): Buffer {
  if (requestsCapacity(input)) return body;
  const { ReturnConsumedCapacity: asked, ...rest } = input;
  // Insert the field in front of the received bytes, so that a large item is not serialised again.
  if (asked === undefined && Object.keys(rest).length > 0) {
    return Buffer.concat([Buffer.from('{"ReturnConsumedCapacity":"TOTAL",'), body.subarray(body.indexOf('{') + 1)]);
  }
  return Buffer.from(JSON.stringify({ ...rest, ReturnConsumedCapacity: 'TOTAL' }));
}

/**
 * Reads the capacity units from an answer, and removes them from it when the caller did not ask for them.
 *
 * The units are the engine's own figures. dynoxide reports them for every operation, doubled for transactions, with
 * indexes. No engine reports units for failed conditions, although AWS bills them by the size of the existing item.
 * They are counted here as the least that AWS can bill: one unit for each item, and two in a transaction.
 */
export function extractCapacity(operation: Operation, status: number, body: Buffer): { body: Buffer; units: Units } {
  const answer = readAs(METERED_ANSWER, JSON.parse(body.toString()), `The answer to ${operation.name}`);
  if (status !== 200) return { body, units: { readUnits: 0, writeUnits: minimumBilled(operation, answer) } };
  const used = total(answer.ConsumedCapacity);
  const units = reading.has(operation.name) ? { readUnits: used, writeUnits: 0 } : { readUnits: 0, writeUnits: used };
  if (requestsCapacity(operation.input)) return { body, units };
  const { ConsumedCapacity: _, ...asked } = answer;
  return { body: Buffer.from(JSON.stringify(asked)), units };
}

const CONSUMED = v.looseObject({ CapacityUnits: v.optional(v.number()) });

/** The parts of an answer that say what the call consumed, or why it was refused. */
const METERED_ANSWER = v.looseObject({
  ConsumedCapacity: v.nullish(v.union([v.array(CONSUMED), CONSUMED])),
  __type: v.nullish(v.string()),
  CancellationReasons: v.nullish(v.array(v.looseObject({ Code: v.nullish(v.string()) }))),
});
type MeteredAnswer = v.InferOutput<typeof METERED_ANSWER>;

function total(consumed: MeteredAnswer['ConsumedCapacity']): number {
  return [consumed ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

function minimumBilled({ name, input }: Operation, { __type, CancellationReasons }: MeteredAnswer): number {
  const failed = (__type ?? '').split('#').at(-1);
  if (failed === 'ConditionalCheckFailedException' && writing.has(name)) return 1;
  const refused = CancellationReasons?.some(({ Code }) => Code === 'ConditionalCheckFailed');
  return failed === 'TransactionCanceledException' && refused ? 2 * (input.TransactItems?.length ?? 0) : 0;
}
