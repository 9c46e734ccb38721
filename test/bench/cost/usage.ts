import type { ListPrices } from './list-prices.ts';

/** A quantity with the name of its price in docs/reference/list-prices.json. */
export type Usage = { price: string; quantity: number };
export type Cost = Usage & { usd: number };

/** The size that SNS and SQS bill as one request. Every started unit counts as one. */
const CHUNK_BYTES = 64 * 1024;
/** Bytes in a GB on the bill of DynamoDB, CloudWatch and data transfer. */
export const GB_BYTES = 1024 ** 3;

/** A usage without a known price; `names` lists all of them. */
export class Unpriced extends Error {
  readonly code = 'UNPRICED';
  readonly next =
    'Add the price of the region with its source to docs/reference/list-prices.json, and describe in test/bench/cost how it is billed.';
  readonly names: string[];
  /** @param region with the missing price; absent if the way of billing is unknown. */
  constructor(names: string[], region?: string) {
    super(`No price is known${region === undefined ? '' : ` in region ${region}`} for: ${names.join(', ')}.`);
    this.name = 'Unpriced';
    this.names = names;
  }
}

/**
 * The cost of a usage in dollars, one entry for each price, in the order of the list.
 * @throws Unpriced with everything that is not on the list.
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

/** The billed GB-seconds of an invocation with this duration and memory. */
export const gbSeconds = (durationMs: number, memoryMb: number): number => (durationMs / 1000) * (memoryMb / 1024);

/** Billed requests of SNS and SQS, for calls of about equal size. */
export function billedRequests(calls: number, bytes: number): number {
  return calls === 0 ? 0 : calls * Math.max(1, Math.ceil(bytes / calls / CHUNK_BYTES));
}
