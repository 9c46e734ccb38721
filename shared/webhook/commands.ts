import { answer, type Call, type CommandPorts, execute } from '#shared/http/command.ts';
import type { Reply } from '#shared/http/event.ts';
import { etagOf } from '#shared/http/if-match.ts';
import { RequestRefused } from '#shared/http/request-refused.ts';
import type { Fault } from '#shared/messaging/failure.ts';
import { TemporarilyUnavailable } from '#shared/once/errors.ts';
import type { Executed } from '#shared/once/execute.ts';
import { webhookSettingsDecider } from './decider.ts';
import type { CheckUrl } from './ports.ts';
import { CHANGE_IN_FORCE_MS } from './recent-endpoints.ts';
import type { PutWebhookSettingsBody } from './requests.ts';
import type { WebhookSettingsView } from './responses.ts';
import { endpointSecret } from './secret.ts';
import { type WebhookSettings, type WebhookSettingsCommand, webhookSettingsKey } from './settings.ts';

export type WebhookCommandPorts = CommandPorts & {
  webhooks: {
    /** The key that secrets are derived from. */
    key: () => Promise<string>;
    checkUrl: CheckUrl;
    /** How long the earlier secret stays valid after a rotation. */
    overlapMs: number;
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
        await checkNewUrls(endpoints, settings, ports.webhooks.checkUrl);
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

/** A URL that is stored already was checked, and is checked again for every webhook. */
async function checkNewUrls(
  endpoints: PutWebhookSettingsBody['endpoints'],
  settings: WebhookSettings | undefined,
  checkUrl: CheckUrl,
): Promise<void> {
  const known = new Set(settings?.endpoints.map(({ url }) => url));
  const faults = await Promise.all(
    endpoints.map(async ({ url }, index): Promise<Fault[]> => {
      const refusal = known.has(url) ? undefined : await checkUrl(url);
      return refusal ? [{ path: `/endpoints/${index}/url`, ...refusal }] : [];
    }),
  );
  if (faults.flat().length === 0) return;
  throw new RequestRefused(
    'WEBHOOK_URL_REFUSED',
    'Webhooks cannot be posted to these addresses.',
    'Correct the fields in errors. Nothing was changed.',
    faults.flat(),
  );
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
