import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { etagOf } from '#shared/http/if-match.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import type { Clock } from '#shared/messaging/system.ts';
import type { WebhookSettingsStore } from './ports.ts';
import { webhookSettingsKey } from './settings.ts';
import { settingsView } from './view.ts';

export type WebhookQueryPorts = { webhookSettings: WebhookSettingsStore; clock: Clock };

/** The tenant's endpoints, without secrets. */
export async function getWebhookSettings(
  { tenant }: TenantRequest,
  { webhookSettings, clock }: WebhookQueryPorts,
): Promise<Reply> {
  const stored = await webhookSettings.read(webhookSettingsKey(tenant));
  const view = settingsView(stored, clock.now());
  return jsonResponse(JSON.stringify(view), etagOf(view.version));
}
