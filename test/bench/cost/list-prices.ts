import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { checked, someText, strictObject, textLike } from '#infra/checked.ts';

/** The one file that holds prices: each is `usd` for `per` units, by region. */
const LIST_PRICES = join(import.meta.dirname, '..', '..', '..', 'docs', 'reference', 'list-prices.json');

/** Replaces the region if a source names none. */
const EVERYWHERE = 'everywhere';

const regionalSchema = strictObject({
  usd: v.pipe(v.number(), v.minValue(0)),
  /** Whether the price was found on a page of AWS; `checked` names it. */
  verified: v.boolean(),
  checked: someText,
});

const priceSchema = strictObject({
  /** The heading on a bill. */
  service: someText,
  unit: someText,
  per: v.pipe(v.number(), v.gtValue(0)),
  /** Name of the pricing page of AWS. */
  source: someText,
  regions: v.record(someText, regionalSchema),
});

const fileSchema = strictObject({
  /** Regions that have prices, and the day on which they were looked up. */
  lookedUp: v.record(someText, v.pipe(v.string(), v.isoDate())),
  currency: v.literal('USD'),
  note: v.string(),
  prices: v.record(textLike(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'must be named service.unit'), priceSchema),
});

export type ListPrice = Omit<v.InferOutput<typeof priceSchema>, 'regions'> & v.InferOutput<typeof regionalSchema>;
/** Prices of one region. Missing prices have no entry. */
export type ListPrices = { region: string; date: string; prices: Record<string, ListPrice> };

/** A file of prices that cannot be used; the message names every fault. */
export class InvalidListPrices extends Error {
  readonly code = 'INVALID_LIST_PRICES';
}

/** A region without known prices. Prices of another region would be a guess. */
export class RegionWithoutPrices extends Error {
  readonly code = 'REGION_WITHOUT_PRICES';
}

/**
 * The prices of a region.
 * @throws InvalidListPrices, RegionWithoutPrices
 */
export function readListPrices(region: string): ListPrices {
  return listPricesOf(JSON.parse(readFileSync(LIST_PRICES, 'utf8')), region);
}

/** @throws InvalidListPrices, RegionWithoutPrices */
export function listPricesOf(value: unknown, region: string): ListPrices {
  const { value: list, faults } = checked(fileSchema, value);
  if (list === undefined) {
    const descriptions = faults.map(({ path, message }) => `${path.join(' ')}: ${message}`);
    throw new InvalidListPrices(`Correct docs/reference/list-prices.json:\n${descriptions.join('\n')}`);
  }
  const date = Object.hasOwn(list.lookedUp, region) ? list.lookedUp[region] : undefined;
  if (date === undefined) {
    throw new RegionWithoutPrices(
      `docs/reference/list-prices.json has no prices of region ${region}, only of ${Object.keys(list.lookedUp).join(', ')}. ` +
        'Add them, each with its source; prices of another region would be a guess.',
    );
  }
  const priced = Object.entries(list.prices).flatMap(([name, { regions, ...price }]) => {
    const regional = regions[region] ?? regions[EVERYWHERE];
    return regional ? [[name, { ...price, ...regional }] as const] : [];
  });
  return { region, date, prices: Object.fromEntries(priced) };
}
