import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { StateKey } from '#shared/messaging/identity.ts';
import { upgraded } from '#shared/messaging/versions.ts';
import { ATTRIBUTE } from '#shared/names.ts';
import { REQUEST_COUNT, type RequestCount, type RequestCounts, WINDOW_MS } from '#shared/once/tenant-rate.ts';
import { type Item, toItem } from './items.ts';
import { stateItemKey } from './keys.ts';
import { CONDITION, type Table, typed, update } from './table.ts';

const keyOf = (tenant: string): StateKey => ({ tenant, type: REQUEST_COUNT.name, id: REQUEST_COUNT.name });

/** The row of a tenant that sends nothing more expires. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** One row for each busy tenant, which has the requests of the latest window. */
export function requestCounts(table: Table): RequestCounts {
  const names = { '#window': 'window', '#requests': 'requests' };

  async function change(tenant: string, change: string, condition: string, values: Record<string, number>) {
    const { ExpressionAttributeNames, ExpressionAttributeValues } = typed(REQUEST_COUNT, values);
    const { item, refusal } = await update(table, {
      Key: toItem(stateItemKey(keyOf(tenant))),
      UpdateExpression: `SET #type = :type, schemaVersion = :written, ${change}`,
      ConditionExpression: `${CONDITION.isReadable} AND ${condition}`,
      ExpressionAttributeNames: { ...ExpressionAttributeNames, ...names },
      ExpressionAttributeValues,
      ReturnValues: 'ALL_NEW',
    });
    return refusal || !item ? undefined : requestCountOf(item).requests;
  }
  return {
    async add(tenant, { window, requests }) {
      const values = { ':window': window, ':requests': requests };
      const add = () => change(tenant, '#requests = #requests + :requests', '#window = :window', values);
      const begin = () =>
        change(
          tenant,
          `#window = :window, #requests = :requests, ${ATTRIBUTE.expiresAt} = :expiresAt`,
          '(attribute_not_exists(#window) OR #window < :window)',
          { ...values, ':expiresAt': Math.ceil(((window + 1) * WINDOW_MS + KEPT_MS) / 1000) },
        );
      // Another environment may begin the window between the first two.
      return (await add()) ?? (await begin()) ?? (await add());
    },
  };
}

/** @throws NewerVersion */
export function requestCountOf(item: Item): RequestCount {
  const { schemaVersion, window, requests } = unmarshall(item);
  return upgraded('count of requests', REQUEST_COUNT, schemaVersion, { window, requests }).value;
}
