import type { Decision, DecisionContext, Rejection } from '#shared/messaging/decider.ts';
import type { Subject } from '#shared/messaging/identity.ts';
import { shapeOf } from '#shared/messaging/versions.ts';

/** A tenant's endpoints, and what each of them receives. */
export type WebhookSettings = {
  endpoints: readonly Endpoint[];
  /** ISO 8601. */
  updatedAt: string;
};

export type Endpoint = EndpointFields & {
  /** Newest first: one, or two for some time after a rotation. */
  secrets: readonly SecretName[];
  /** Absent: it receives webhooks. */
  disabled?: Disabled;
};

export type EndpointFields = {
  /** The tenant's name for it. */
  endpointId: string;
  url: string;
  /** Types of messages: `counterfoil.order.confirmed.v1`. */
  eventTypes: readonly string[];
  description?: string;
};

/** `at`: ISO 8601. */
export type Disabled = {
  at: string;
  /** `GONE`: the endpoint answered 410. */
  because: 'GONE' | 'REQUESTED';
};

/** Names a secret. The secret itself is derived from its name (see `secret.ts`) and is stored nowhere. */
export type SecretName = {
  secretId: string;
  /** ISO 8601. */
  createdAt: string;
  /** ISO 8601: the end of an earlier secret. */
  endsAt?: string;
};

export const WEBHOOK_SETTINGS = shapeOf<WebhookSettings>('webhooksettings');

/** The key of a tenant's settings of webhooks. */
export const webhookSettingsKey = (tenant: string): Subject => ({ tenant, type: WEBHOOK_SETTINGS.name, id: 'current' });

export type PutEndpoint = EndpointFields & {
  /** Absent: as before. A new endpoint and a new URL are enabled. */
  enabled?: boolean;
};

export type WebhookSettingsCommand =
  /** Replaces the list. `secretId` names the secret of every endpoint that is new. */
  | { type: 'PutEndpoints'; data: { endpoints: readonly PutEndpoint[]; secretId: string } }
  /** The present secret stays valid for `overlapMs`. */
  | { type: 'RotateSecret'; data: { endpointId: string; secretId: string; overlapMs: number } }
  /** The endpoint with this URL answered 410. If its URL has changed since, nothing happens. */
  | { type: 'DisableEndpoint'; data: { endpointId: string; url: string } };

export type WebhookSettingsEvent = { type: 'EndpointsChanged'; data: { endpoints: readonly Endpoint[]; at: string } };

/** The events of a command, or the reason for its rejection. */
export function decide(
  command: WebhookSettingsCommand,
  settings: WebhookSettings | undefined,
  { now }: DecisionContext,
): Decision<WebhookSettingsEvent> {
  const at = new Date(now).toISOString();
  const known = (settings?.endpoints ?? []).map((endpoint) => ({ ...endpoint, secrets: validSecrets(endpoint, now) }));
  switch (command.type) {
    case 'PutEndpoints': {
      const { endpoints, secretId } = command.data;
      const before = new Map(known.map((endpoint) => [endpoint.endpointId, endpoint]));
      return changed(
        endpoints.map((given) => endpointAfter(given, before.get(given.endpointId), secretId, at)),
        at,
      );
    }
    case 'RotateSecret': {
      const { endpointId, secretId, overlapMs } = command.data;
      if (!known.some((endpoint) => endpoint.endpointId === endpointId))
        return { kind: 'rejected', rejection: ENDPOINT_NOT_FOUND };
      const endsAt = new Date(now + overlapMs).toISOString();
      return changed(
        known.map((endpoint) =>
          endpoint.endpointId === endpointId
            ? { ...endpoint, secrets: [{ secretId, createdAt: at }, ...earlierSecret(endpoint, endsAt)] }
            : endpoint,
        ),
        at,
      );
    }
    case 'DisableEndpoint': {
      const { endpointId, url } = command.data;
      const isIt = (endpoint: Endpoint): boolean =>
        endpoint.endpointId === endpointId && endpoint.url === url && !endpoint.disabled;
      if (!known.some(isIt)) return { kind: 'accepted', events: [] };
      const disabled: Disabled = { at, because: 'GONE' };
      return changed(
        known.map((endpoint) => (isIt(endpoint) ? { ...endpoint, disabled } : endpoint)),
        at,
      );
    }
    default:
      return command satisfies never;
  }
}

/** The settings after an event. */
export const evolve = (
  _settings: WebhookSettings | undefined,
  { data: { endpoints, at } }: WebhookSettingsEvent,
): WebhookSettings => ({ endpoints, updatedAt: at });

/** The secrets that sign at this moment (epoch milliseconds). */
export const validSecrets = ({ secrets }: Pick<Endpoint, 'secrets'>, now: number): SecretName[] =>
  secrets.filter(({ endsAt }) => endsAt === undefined || Date.parse(endsAt) > now);

const changed = (endpoints: readonly Endpoint[], at: string): Decision<WebhookSettingsEvent> => ({
  kind: 'accepted',
  events: [{ type: 'EndpointsChanged', data: { endpoints, at } }],
});

function endpointAfter(given: PutEndpoint, before: Endpoint | undefined, secretId: string, at: string): Endpoint {
  const { enabled: _enabled, ...fields } = given;
  const secrets = before?.secrets ?? [{ secretId, createdAt: at }];
  const disabled = disabledAfter(given, before, at);
  return { ...fields, secrets, ...(disabled && { disabled }) };
}

function disabledAfter({ enabled, url }: PutEndpoint, before: Endpoint | undefined, at: string): Disabled | undefined {
  if (enabled === false) return before?.disabled ?? { at, because: 'REQUESTED' };
  return enabled === undefined && before?.url === url ? before.disabled : undefined;
}

/** At most two secrets are valid: a second rotation ends the one before the present one at once. */
const earlierSecret = ({ secrets: [present] }: Endpoint, endsAt: string): SecretName[] =>
  present ? [{ ...present, endsAt }] : [];

export const ENDPOINT_NOT_FOUND: Rejection = {
  code: 'ENDPOINT_NOT_FOUND',
  detail: 'The tenant has no endpoint with this id.',
  next: 'GET /settings/webhooks lists the endpoints. Add one with PUT /settings/webhooks.',
};
