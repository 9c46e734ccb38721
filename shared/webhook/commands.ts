import { answer, type Call, execute, secretOf } from '#shared/http/command.ts';
import { derivedId } from '#shared/http/derived-id.ts';
import type { Reply } from '#shared/http/event.ts';
import { etagOf } from '#shared/http/if-match.ts';
import { RequestRefused } from '#shared/http/request-refused.ts';
import type { Fault } from '#shared/messaging/failure.ts';
import { notificationIdOf } from '#shared/notification/notification-id.ts';
import type { NotifyingPorts } from '#shared/notification/terms.ts';
import { TemporarilyUnavailable } from '#shared/once/errors.ts';
import type { Executed } from '#shared/once/execute.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { webhookSettingsDecider } from './decider.ts';
import { endpointTestDecider, endpointTestKey, type TestEndpoint } from './endpoint-test.ts';
import { unknownTypes } from './event-types.ts';
import type { CheckUrl, WebhookSettingsStore } from './ports.ts';
import { CHANGE_IN_FORCE_MS } from './recent-endpoints.ts';
import type { PutWebhookSettingsBody } from './requests.ts';
import type { WebhookSettingsView } from './responses.ts';
import { endpointSecret } from './secret.ts';
import {
  ENDPOINT_NOT_FOUND,
  type WebhookSettings,
  type WebhookSettingsCommand,
  webhookSettingsKey,
} from './settings.ts';

export type WebhookCommandPorts = Omit<NotifyingPorts, 'settingsOf'> & {
  webhooks: {
    settings: WebhookSettingsStore;
    /** The key that secrets are derived from. */
    key: () => Promise<string>;
    checkUrl: CheckUrl;
    /** How long the earlier secret stays valid after a rotation. */
    overlapMs: number;
    /** The types of all events, also of business domains. */
    eventTypes: readonly string[];
  };
};

/**
 * Replaces the tenant's endpoints. The answer comes when the change is in force, and shows the secret of each endpoint
 * that is new.
 */
export async function putWebhookSettings(
  call: Call<PutWebhookSettingsBody>,
  ports: WebhookCommandPorts,
): Promise<Reply> {
  const { endpoints } = call.json.valid;
  const secretId = ports.random.nonce();
  const executed = await execute(
    call,
    {
      decider: webhookSettingsDecider,
      key: webhookSettingsKey(call.tenant),
      path: '/settings/webhooks',
      readCommand: async (settings): Promise<WebhookSettingsCommand> => {
        await checkNew(endpoints, settings, ports.webhooks);
        return { type: 'PutEndpoints', data: { endpoints, secretId } };
      },
    },
    ports,
  );
  // Also for a repetition, because the first answer may have been lost during the wait.
  if (executed.outcome.accepted) await ports.timer.sleep(CHANGE_IN_FORCE_MS);
  return answerWithSecrets(call.tenant, executed, ports);
}

/** Gives an endpoint a new secret. The answer shows it. */
export async function rotateSecret(call: Call<unknown>, ports: WebhookCommandPorts): Promise<Reply> {
  const endpointId = call.pathParameters?.endpointId ?? '';
  const { overlapMs } = ports.webhooks;
  const executed = await execute(
    call,
    {
      decider: webhookSettingsDecider,
      key: webhookSettingsKey(call.tenant),
      path: `/settings/webhooks/${endpointId}/rotate`,
      command: { type: 'RotateSecret', data: { endpointId, secretId: ports.random.nonce(), overlapMs } },
    },
    ports,
  );
  return answerWithSecrets(call.tenant, executed, ports);
}

/** Posts a test event to an endpoint. GET /notifications/{notificationId} reports what became of it. */
export async function testEndpoint(call: Call<unknown>, ports: WebhookCommandPorts): Promise<Reply> {
  const { tenant, idempotencyKey } = call;
  const endpointId = call.pathParameters?.endpointId ?? '';
  const key = endpointTestKey(tenant, derivedId('webhook-test', tenant, `${endpointId}\n${idempotencyKey}`));
  const executed = await execute(
    call,
    {
      decider: endpointTestDecider,
      key,
      path: `/settings/webhooks/${endpointId}/test`,
      readCommand: async (): Promise<TestEndpoint> => {
        checkEnabled(await ports.webhooks.settings.read(webhookSettingsKey(tenant)), endpointId);
        return { type: 'TestEndpoint', data: { endpointId } };
      },
      // The tenant's settings of messages do not apply to webhooks.
      terms: { ...ports.notifications, recipientKey: recipientKey(await secretOf(ports)) },
      assume: 'absent',
    },
    ports,
  );
  return answer(executed, { location: `/notifications/${notificationIdOf(key, 1, 1)}` });
}

/** An endpoint that is disabled later fails the webhook, because its sender reads the endpoints again. */
function checkEnabled(stored: { state: WebhookSettings } | undefined, endpointId: string): void {
  const endpoint = stored?.state.endpoints.find((one) => one.endpointId === endpointId);
  if (!endpoint) throw new RequestRefused(ENDPOINT_NOT_FOUND.code, ENDPOINT_NOT_FOUND.detail, ENDPOINT_NOT_FOUND.next);
  if (endpoint.disabled)
    throw new RequestRefused(
      'ENDPOINT_DISABLED',
      'The endpoint is disabled, so it gets no webhooks.',
      'Enable it with PUT /settings/webhooks and "enabled": true, and test it again.',
    );
}

type Endpoints = PutWebhookSettingsBody['endpoints'];

/** Checks what is new. What is stored already was checked before. @throws RequestRefused with every fault. */
async function checkNew(
  endpoints: Endpoints,
  settings: WebhookSettings | undefined,
  { checkUrl, eventTypes }: WebhookCommandPorts['webhooks'],
): Promise<void> {
  const stored = settings?.endpoints ?? [];
  const types = unknownTypes(endpoints, stored, eventTypes);
  const urls = await refusedUrls(endpoints, new Set(stored.map(({ url }) => url)), checkUrl);
  const next = 'Correct the fields in errors. Nothing was changed.';
  if (types.length > 0)
    throw new RequestRefused('EVENT_TYPE_UNKNOWN', 'Nothing publishes messages of these types.', next, [
      ...types,
      ...urls,
    ]);
  if (urls.length > 0)
    throw new RequestRefused('WEBHOOK_URL_REFUSED', 'Webhooks cannot be posted to these addresses.', next, urls);
}

/** A URL that is stored already is checked again for every webhook. */
async function refusedUrls(endpoints: Endpoints, known: ReadonlySet<string>, checkUrl: CheckUrl): Promise<Fault[]> {
  const faults = await Promise.all(
    endpoints.map(async ({ url }, index): Promise<Fault[]> => {
      const refusal = known.has(url) ? undefined : await checkUrl(url);
      return refusal ? [{ path: `/endpoints/${index}/url`, ...refusal }] : [];
    }),
  );
  return faults.flat();
}

/** A repetition shows a new secret again within this time, for a client that did not get the first answer. */
const SHOWN_MS = 60 * 60 * 1000;

/** The stored answer has no secrets. Those that this command created are added to what is sent. */
async function answerWithSecrets(tenant: string, executed: Executed, ports: WebhookCommandPorts): Promise<Reply> {
  const { outcome } = executed;
  if (!outcome.accepted) return answer(executed);
  const view: WebhookSettingsView = JSON.parse(outcome.answer);
  const isNew = (createdAt: string): boolean =>
    createdAt === view.updatedAt && ports.clock.now() - Date.parse(createdAt) < SHOWN_MS;
  const isAnyNew = view.endpoints.some(({ secrets }) => secrets.some(({ createdAt }) => isNew(createdAt)));
  const key = isAnyNew ? await keyOf(ports) : '';
  const endpoints = view.endpoints.map((endpoint) => ({
    ...endpoint,
    secrets: endpoint.secrets.map((name) =>
      isNew(name.createdAt) ? { ...name, secret: endpointSecret(key, tenant, endpoint.endpointId, name) } : name,
    ),
  }));
  const shown = { ...executed, outcome: { ...outcome, answer: JSON.stringify({ ...view, endpoints }) } };
  return answer(shown, etagOf(outcome.version));
}

/** The command is committed. A repetition gets the answer with the secret. */
async function keyOf({ webhooks }: WebhookCommandPorts): Promise<string> {
  try {
    return await webhooks.key();
  } catch (cause) {
    throw new TemporarilyUnavailable('The secret could not be read.', { cause });
  }
}
