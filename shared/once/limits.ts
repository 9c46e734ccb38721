import { type StateKey, typeOfState } from '#shared/messaging/identity.ts';
import type { NewRow } from '#shared/messaging/rows.ts';
import { LimitExceeded } from '#shared/once/errors.ts';
import type { Commit } from '#shared/ports.ts';

/** What DynamoDB and SNS accept, checked before anything is written and told in the caller's words. */
export const LIMIT = {
  transactionItems: 100,
  /** Below DynamoDB's 400 KB by what attribute names and types add. */
  itemBytes: 380 * 1024,
  /** SNS allows 256 KB for the message and its attributes. */
  messageBytes: 250 * 1024,
} as const;

const bytes = (value: unknown): number => Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));

/** @throws LimitExceeded naming what is too large, its size and the limit. */
export function checkLimits(commit: Commit): void {
  const { next, outbox, rows, related = [] } = commit;
  const items = 2 + related.length + rows.length;
  if (items > LIMIT.transactionItems) {
    throw new LimitExceeded(
      `The command changes ${items} rows (${countsOf(commit)}); ${LIMIT.transactionItems} is the limit of one transaction.`,
    );
  }
  const sizes: [what: string, size: number, limit: number][] = [
    ['The state after this command', next ? bytes(next.state) : 0, LIMIT.itemBytes],
    ['What this command says (its messages and its answer)', bytes(outbox), LIMIT.itemBytes],
    ...related.map((one): [string, number, number] => [nameOfKind(one.key), bytes(one.next.state), LIMIT.itemBytes]),
    ...rows.map((row): [string, number, number] => [whatOf(row), bytes(contentOf(row)), LIMIT.itemBytes]),
    ...outbox.messages.map((message): [string, number, number] => ['One message', bytes(message), LIMIT.messageBytes]),
  ];
  for (const [what, size, limit] of sizes) {
    if (size > limit) throw new LimitExceeded(`${what} would take ${size} bytes; ${limit} is the limit.`);
  }
}

const contentOf = (row: NewRow): unknown => (row.kind === 'state' ? row.stored.state : row.value);

const nameOfKind = (key: StateKey): string => `One ${typeOfState(key)}`;

const whatOf = (row: NewRow): string =>
  row.kind === 'state' ? nameOfKind(row.key) : `The ${row.type} of one ${typeOfState(row.key)}`;

/** Its own state and outbox row, and of each other kind how many. */
function countsOf({ rows, related = [] }: Commit): string {
  const kinds = [...related.map(({ key }) => typeOfState(key)), ...rows.map(kindOf)];
  const counts = Map.groupBy(kinds, (kind) => kind);
  return ['state', 'outbox', ...Array.from(counts, ([kind, all]) => `${all.length} × ${kind}`)].join(', ');
}

const kindOf = (row: NewRow): string => (row.kind === 'state' ? typeOfState(row.key) : row.type);
