import { type StateKey, typeOfState } from '#shared/messaging/identity.ts';
import type { NewRow } from '#shared/messaging/rows.ts';
import { LimitExceeded } from '#shared/once/errors.ts';
import type { Commit } from './ports.ts';

/** The limits of DynamoDB and SNS. They are checked before a write, so that the error uses the caller's terms. */
export const LIMIT = {
  transactionItems: 100,
  /** DynamoDB allows 400 KB. The difference leaves room for attribute names and types. */
  itemBytes: 380 * 1024,
  /** SNS allows 256 KB for the message and its attributes. */
  messageBytes: 250 * 1024,
} as const;

const bytes = (value: unknown): number => Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));

/** @throws LimitExceeded, which names the part that is too large, its size and the limit. */
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
    ...related.map((one): [string, number, number] => [
      nameOfKind(one.key),
      one.next ? bytes(one.next.state) : 0,
      LIMIT.itemBytes,
    ]),
    ...rows.map((row): [string, number, number] => [nameOfRow(row), bytes(contentOf(row)), LIMIT.itemBytes]),
    ...outbox.messages.map((message): [string, number, number] => ['One message', bytes(message), LIMIT.messageBytes]),
  ];
  for (const [what, size, limit] of sizes) {
    if (size > limit) throw new LimitExceeded(`${what} would take ${size} bytes; ${limit} is the limit.`);
  }
}

const contentOf = (row: NewRow): unknown => (row.kind === 'state' ? row.stored.state : row.value);

const nameOfKind = (key: StateKey): string => `One ${typeOfState(key)}`;

const nameOfRow = (row: NewRow): string =>
  row.kind === 'state' ? nameOfKind(row.key) : `The ${row.type} of one ${typeOfState(row.key)}`;

/** Its own state and outbox row, and the number of rows of each other kind. */
function countsOf({ rows, related = [] }: Commit): string {
  const kinds = [...related.map(({ key }) => typeOfState(key)), ...rows.map(kindOf)];
  const counts = Map.groupBy(kinds, (kind) => kind);
  return ['state', 'outbox', ...Array.from(counts, ([kind, all]) => `${all.length} × ${kind}`)].join(', ');
}

const kindOf = (row: NewRow): string => (row.kind === 'state' ? typeOfState(row.key) : row.type);
