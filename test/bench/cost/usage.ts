import type { ListPrices } from './list-prices.ts';

/** So much of something that has a price of this name in docs/reference/list-prices.json. */
export type Usage = { price: string; quantity: number };
export type Cost = Usage & { usd: number };

/** What SNS and SQS bill as one request; more is as many as it begins. */
const CHUNK_BYTES = 64 * 1024;
/** What DynamoDB, CloudWatch and data transfer bill as a GB. */
export const GB_BYTES = 1024 ** 3;

/** Something is used that nobody has named a price for; `names` lists all of it. */
export class Unpriced extends Error {
  readonly code = 'UNPRICED';
  readonly next =
    'Add the price of the region with its source to docs/reference/list-prices.json, and say in test/bench/cost what is billed.';
  readonly names: string[];
  /** @param region whose prices were asked for; absent where nothing says what is billed. */
  constructor(names: string[], region?: string) {
    super(`No price is known${region === undefined ? '' : ` in region ${region}`} for: ${names.join(', ')}.`);
    this.name = 'Unpriced';
    this.names = names;
  }
}

/**
 * Dollars for what was used, one entry for each price, in the order of the list.
 * @throws Unpriced naming all that is not on the list.
 */
export function costsOf(usage: Usage[], { prices, region }: ListPrices): Cost[] {
  const unknown = usage.map(({ price }) => price).filter((price) => !Object.hasOwn(prices, price));
  if (unknown.length > 0) throw new Unpriced([...new Set(unknown)], region);
  return Object.entries(prices).flatMap(([price, { usd, per }]) => {
    const entries = usage.filter((one) => one.price === price);
    const quantity = entries.reduce((sum, one) => sum + one.quantity, 0);
    return entries.length === 0 ? [] : [{ price, quantity, usd: (quantity / per) * usd }];
  });
}

export const dollarsOf = (costs: Cost[]): number => costs.reduce((sum, { usd }) => sum + usd, 0);

/** What Lambda bills of an invocation that took this long with this much memory. */
export const gbSeconds = (durationMs: number, memoryMb: number): number => (durationMs / 1000) * (memoryMb / 1024);

/** Requests as SNS and SQS bill them, of calls that were about equally large. */
export function billedRequests(calls: number, bytes: number): number {
  return calls === 0 ? 0 : calls * Math.max(1, Math.ceil(bytes / calls / CHUNK_BYTES));
}
