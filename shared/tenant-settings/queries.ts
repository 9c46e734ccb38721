import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { etagOf } from '#shared/http/if-match.ts';
import type { TenantRequest } from '#shared/http/route.ts';
import type { SettingsReader } from '#shared/notification/settings/settings-reader.ts';

export type SettingsQueryPorts = { tenantSettings: SettingsReader };

/** The tenant's settings as they were set. A tenant that has never set anything has version 0. */
export async function getSettings({ tenant }: TenantRequest, { tenantSettings }: SettingsQueryPorts): Promise<Reply> {
  const current = await tenantSettings.current(tenant);
  if (!current) return jsonResponse(JSON.stringify({ version: 0 }), etagOf(0));
  const { version, changedAt } = current;
  const all = await tenantSettings.version(tenant, version);
  return jsonResponse(JSON.stringify({ version, changedAt, ...all }), etagOf(version));
}
