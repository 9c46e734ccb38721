import type { ObjectionStore } from '#shared/delivery/ports.ts';
import { ERASURE } from '#shared/erasure/erasure.ts';
import { inForce, SUPPRESSION } from '#shared/suppression/ports.ts';
import { type Item, storedStateOf, suppressionOf } from './items.ts';
import { stateItemKey, subjectOf, suppressionItemKey } from './keys.ts';
import { readItems, type Table } from './table.ts';

/** Most keys of one BatchGetItem. */
const MOST_KEYS = 100;

/** Reads suppressions and erasures that concern a notification, by their keys. Up to 100 keys take one call. */
export function objectionStore(table: Table): ObjectionStore {
  return {
    async objectionsTo(tenant, recipients, erasures) {
      const suppressions = [...new Set(recipients)].map((recipient) => suppressionItemKey(tenant, recipient));
      const keys = [...suppressions, ...erasures.map(stateItemKey)];
      const items: Item[] = [];
      for (let from = 0; from < keys.length; from += MOST_KEYS) {
        items.push(...(await readItems(table, keys.slice(from, from + MOST_KEYS))));
      }
      return {
        suppressions: items.filter(isSuppression).flatMap((item) => inForce(suppressionOf(item)) ?? []),
        erasures: items.filter((item) => !isSuppression(item)).flatMap(erasureIn),
      };
    },
  };
}

const isSuppression = ({ type }: Item): boolean => type?.S === SUPPRESSION.name;

function erasureIn(item: Item) {
  const key = subjectOf(item.pk?.S ?? '');
  const stored = storedStateOf(ERASURE, item);
  return key && stored ? [{ key, stored }] : [];
}
