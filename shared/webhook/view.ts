import type { StoredState } from '#shared/messaging/rows.ts';
import type { EndpointView, WebhookSettingsView } from './responses.ts';
import { type Endpoint, validSecrets, type WebhookSettings } from './settings.ts';

/** The settings as a tenant sees them, without secrets. @param now epoch milliseconds. */
export function settingsView(
  stored: Pick<StoredState<WebhookSettings>, 'state' | 'version'> | undefined,
  now: number,
): WebhookSettingsView {
  if (!stored) return { version: 0, endpoints: [] };
  const { endpoints, updatedAt } = stored.state;
  return { version: stored.version, updatedAt, endpoints: endpoints.map((endpoint) => endpointView(endpoint, now)) };
}

function endpointView(endpoint: Endpoint, now: number): EndpointView {
  const { endpointId, url, eventTypes, description, disabled } = endpoint;
  return {
    endpointId,
    url,
    eventTypes: [...eventTypes],
    ...(description !== undefined && { description }),
    enabled: disabled === undefined,
    ...(disabled && { disabled }),
    secrets: validSecrets(endpoint, now).map((secret) => ({ ...secret })),
  };
}
