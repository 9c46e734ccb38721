import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The one file that holds prices: each is `usd` for `per` units. */
const LIST_PRICES = join(import.meta.dirname, '..', '..', '..', 'docs', 'reference', 'list-prices.json');

const priceSchema = z.strictObject({
  /** Under which heading a bill shows it. */
  service: z.string().min(1),
  unit: z.string().min(1),
  usd: z.number().min(0),
  per: z.number().positive(),
  /** Name of the pricing page of AWS. */
  source: z.string().min(1),
  /** Whether the price was found in AWS's own words or figures; `checked` says where. */
  verified: z.boolean(),
  checked: z.string().min(1),
});

const listSchema = z.strictObject({
  /** Day on which the prices were looked up. */
  date: z.iso.date(),
  region: z.string().min(1),
  currency: z.literal('USD'),
  note: z.string(),
  prices: z.record(z.string().regex(/^[a-z0-9-]+\.[a-z0-9-]+$/), priceSchema),
});

export type ListPrice = z.infer<typeof priceSchema>;
export type ListPrices = z.infer<typeof listSchema>;

/** A file of prices that cannot be used; the message names every fault. */
export class InvalidListPrices extends Error {
  readonly code = 'INVALID_LIST_PRICES';
}

/** @throws InvalidListPrices */
export function readListPrices(): ListPrices {
  return listPricesOf(JSON.parse(readFileSync(LIST_PRICES, 'utf8')));
}

/** @throws InvalidListPrices */
export function listPricesOf(value: unknown): ListPrices {
  const parsed = listSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join(' ')}: ${message}`);
  throw new InvalidListPrices(`Mend docs/reference/list-prices.json:\n${faults.join('\n')}`);
}
