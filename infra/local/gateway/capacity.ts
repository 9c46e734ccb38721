import type { Input, Operation } from './operations.ts';

/** Capacity units that one call used. */
export type Units = { readUnits: number; writeUnits: number };

const reading = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);
const writing = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems']);

/** Whether an operation of DynamoDB uses capacity. */
export const isMetered = (operation: string): boolean => reading.has(operation) || writing.has(operation);

const wants = ({ ReturnConsumedCapacity }: Input) =>
  ReturnConsumedCapacity === 'TOTAL' || ReturnConsumedCapacity === 'INDEXES';

/** The request with the question for its capacity added, unless its caller asks that itself. */
export function askForCapacity({ input }: Operation, body: Buffer): Buffer {
  if (wants(input)) return body;
  const { ReturnConsumedCapacity: asked, ...rest } = input;
  // Written in front of the bytes as they came: a large item is not put together a second time.
  if (asked === undefined && Object.keys(rest).length > 0) {
    return Buffer.concat([Buffer.from('{"ReturnConsumedCapacity":"TOTAL",'), body.subarray(body.indexOf('{') + 1)]);
  }
  return Buffer.from(JSON.stringify({ ...rest, ReturnConsumedCapacity: 'TOTAL' }));
}

/**
 * Reads the units from an answer, and takes them out of it when the caller did not ask.
 *
 * The units are the engine's own figures; dynoxide reports them for every operation, doubled for
 * transactions, indexes included. For refused conditions no engine reports any, though AWS bills
 * them by the size of the item that was there: counted here as the least that AWS can bill, one unit
 * an item and two in a transaction.
 */
export function takeCapacity(operation: Operation, status: number, body: Buffer): { body: Buffer; units: Units } {
  const answer = JSON.parse(body.toString()) as Input;
  if (status !== 200) return { body, units: { readUnits: 0, writeUnits: leastBilled(operation, answer) } };
  const used = total(answer.ConsumedCapacity);
  const units = reading.has(operation.name) ? { readUnits: used, writeUnits: 0 } : { readUnits: 0, writeUnits: used };
  if (wants(operation.input)) return { body, units };
  const { ConsumedCapacity: _, ...asked } = answer;
  return { body: Buffer.from(JSON.stringify(asked)), units };
}

function total(consumed: Input | Input[] | undefined): number {
  return [consumed ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + Number(CapacityUnits), 0);
}

function leastBilled({ name, input }: Operation, { __type = '', CancellationReasons = [] }: Input): number {
  const failed = String(__type).split('#').at(-1);
  if (failed === 'ConditionalCheckFailedException' && writing.has(name)) return 1;
  const refused = CancellationReasons.some(({ Code }: Input) => Code === 'ConditionalCheckFailed');
  return failed === 'TransactionCanceledException' && refused ? 2 * (input.TransactItems?.length ?? 0) : 0;
}
