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
  const smallest = await rowOf(SORT_KEY.state);
  await put('settings with texts', {
    sender: { name: 'Acme Shop', replyTo: 'help@shop.example' },
    brand: { name: 'Acme Shop', color: '#1b5e20', logoUrl: 'https://shop.example/logo.png' },
    templates: [
      {
        template: 'order-confirmation',
        channel: 'email',
        locale: 'en',
        subject: '{{orderId}}',
        text: '{{name}}',
        html: '{{name}}',
      },
      { template: 'order-confirmation', channel: 'sms', locale: 'de', text: '{{total}}' },
    ],
  });
  return {
    settings: { full, smallest },
    settingsversion: {
      full: await rowOf('SETTINGSVERSION#1'),
      smallest: await rowOf('SETTINGSVERSION#2'),
      'with texts': await rowOf('SETTINGSVERSION#3'),
    },
  };
}
