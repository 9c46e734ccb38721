import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { checked, someText, strictObject, textLike } from '#infra/checked.ts';

/** The one file that holds prices: each is `usd` for `per` units. */
const LIST_PRICES = join(import.meta.dirname, '..', '..', '..', 'docs', 'reference', 'list-prices.json');

const priceSchema = strictObject({
  /** Under which heading a bill shows it. */
  service: someText,
  unit: someText,
  usd: v.pipe(v.number(), v.minValue(0)),
  per: v.pipe(v.number(), v.gtValue(0)),
  /** Name of the pricing page of AWS. */
  source: someText,
  /** Whether the price was found in AWS's own words or figures; `checked` says where. */
  verified: v.boolean(),
  checked: someText,
});

const listSchema = strictObject({
  /** Day on which the prices were looked up. */
  date: v.pipe(v.string(), v.isoDate()),
  region: someText,
  currency: v.literal('USD'),
  note: v.string(),
  prices: v.record(textLike(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'must be named service.unit'), priceSchema),
});

export type ListPrice = v.InferOutput<typeof priceSchema>;
export type ListPrices = v.InferOutput<typeof listSchema>;

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
  const { value: list, faults } = checked(listSchema, value);
  if (list !== undefined) return list;
  const told = faults.map(({ path, message }) => `${path.join(' ')}: ${message}`);
  throw new InvalidListPrices(`Mend docs/reference/list-prices.json:\n${told.join('\n')}`);
}
