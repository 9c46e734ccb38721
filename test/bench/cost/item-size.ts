import type { AttributeValue } from '@aws-sdk/client-dynamodb';

type Item = Record<string, AttributeValue>;
/** An index that projects keys only: its key and the table's. */
export type KeysOnlyIndex = { keys: string[] };

/** Bytes that DynamoDB adds to each stored item of a table or an index. */
const ITEM_BYTES = 100;

/**
 * Billed storage of one item in bytes, with its entries in indexes.
 * The rules are those of its documentation, "DynamoDB item sizes and formats".
 */
export function storedBytes(item: Item, tableKeys: string[], indexes: KeysOnlyIndex[]): number {
  const entries = indexes
    .filter(({ keys }) => keys.every((key) => item[key] !== undefined))
    .map(({ keys }) => pick(item, [...new Set([...tableKeys, ...keys])]));
  return [item, ...entries].reduce((sum, one) => sum + itemBytes(one) + ITEM_BYTES, 0);
}

const pick = (item: Item, names: string[]): Item =>
  Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));

const itemBytes = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);

function valueBytes({ S, N, B, SS, NS, BS, L, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return numberBytes(N);
  if (B !== undefined) return B.length;
  if (L !== undefined) return 3 + L.reduce((sum, value) => sum + 1 + valueBytes(value), 0);
  if (M !== undefined) return 3 + Object.keys(M).length + itemBytes(M);
  const set = [...(SS ?? []).map((one) => Buffer.byteLength(one)), ...(NS ?? []).map(numberBytes)];
  const members = [...set, ...(BS ?? []).map((one) => one.length)];
  // NULL or BOOL: one byte.
  return members.length > 0 ? members.reduce((sum, bytes) => sum + bytes, 0) : 1;
}

/** One byte for two significant digits, and one. */
function numberBytes(text: string): number {
  const digits = text.replace(/e.*$/i, '').replace(/[-+.]/g, '').replace(/^0+/, '').replace(/0+$/, '');
  return Math.ceil(digits.length / 2) + 1;
}
