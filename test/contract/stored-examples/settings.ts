import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { SORT_KEY } from '#shared/names.ts';
import { type Stage, TENANT } from './stage.ts';

export type SettingsExamples = { settings: Record<string, Item>; settingsversion: Record<string, Item> };

/** Settings with every field, and settings that leave everything as it is. */
export async function tenantSettings({ ask, itemAt }: Stage): Promise<SettingsExamples> {
  const put = (key: string, body: object): Promise<{ version: number }> => ask('PUT /settings', key, body);
  const rowOf = (sort: string): Promise<Item> => itemAt(`${TENANT}#settings#settings`, sort);
  await put('settings in full', {
    events: { OrderPlaced: ['email'], OrderCancelled: [] },
    defaultLocale: 'de-AT',
    fallback: { email: { afterMinutes: 30 }, sms: { afterMinutes: 5 } },
  });
  const full = await rowOf(SORT_KEY.state);
  await put('settings without a field', {});
  return {
    settings: { full, smallest: await rowOf(SORT_KEY.state) },
    settingsversion: { full: await rowOf('SETTINGSVERSION#1'), smallest: await rowOf('SETTINGSVERSION#2') },
  };
}
