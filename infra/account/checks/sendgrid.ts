import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { EMAIL_EVENTS_ROUTE, ENV } from '#shared/names.ts';
import { emailNeedsOf } from '../../email-gateways.ts';
import type { StageSettings } from '../../settings.ts';
import { blocksMail, type Check, type Finding, warning } from './check.ts';
import type { CheckContext } from './context.ts';

/** How SendGrid writes its API keys. */
const API_KEY = /^SG\.[\w-]+\.[\w-]+$/;

const ANSWER_TIMEOUT_MS = 5000;

const usesSendGrid = ({ email }: StageSettings): boolean => email.provider === 'sendgrid';

/** Whether the senders' key is stored, accepted, and may send and nothing else. */
export const sendGridKey: Check = {
  name: 'e-mail: API key of SendGrid',
  stops: 'mail',
  about: usesSendGrid,
  async run(context) {
    const stored = await storedKey(context);
    if (!stored) return [];
    const { key, secret } = stored;
    const store = `Store the key: aws secretsmanager put-secret-value --secret-id ${secret} --secret-string <key>.`;
    if (!API_KEY.test(key)) return blocksMail(`The secret ${secret} contains no API key of SendGrid (SG.….…).`, store);
    const { status, json } = await ask(context, '/v3/scopes', key);
    if (status === 401) return blocksMail('SendGrid does not accept the API key in the secret.', store);
    if (status !== 200) return blocksMail(`SendGrid answers ${status} to GET /v3/scopes.`, 'Run it again later.');
    const scopes = listIn(json, 'scopes');
    return [
      ...blocksMail.when(
        !scopes.includes('mail.send'),
        'The API key may not send: it does not have the scope mail.send.',
        'Give it Mail Send (SendGrid, Settings, API Keys).',
      ),
      ...warning.when(
        scopes.includes('api_keys.create'),
        'The API key may do everything in the account of SendGrid, and the senders need only mail.send.',
        'Store a key with Restricted Access that has Mail Send and nothing else.',
      ),
    ];
  },
};

/** Whether SendGrid lets the stage send from its address. */
export const sendGridSender: Check = {
  name: 'e-mail: sender at SendGrid',
  stops: 'mail',
  about: usesSendGrid,
  async run(context) {
    const { sender } = context.settings.email;
    const domain = sender.slice(sender.lastIndexOf('@') + 1).toLowerCase();
    return read(context, `/v3/whitelabel/domains?domain=${domain}`, 'Sender Authentication', (json) => {
      const own = recordsOf(json).find((one) => one.domain === domain);
      if (own?.valid === true) return [];
      const fault = own
        ? `SendGrid has not found the DNS records of ${domain} yet.`
        : `The domain ${domain} is not authenticated at SendGrid. Without a verified sender, it refuses every message.`;
      return blocksMail(
        fault,
        'Settings, Sender Authentication: add the CNAME records that it shows, and verify them.',
      );
    });
  },
};

/** Events that tell what became of a message, by their names in the settings of a webhook. */
const NEEDED = ['processed', 'dropped', 'deferred', 'delivered', 'bounce', 'spam_report'];

/** Whether SendGrid posts its signed events to the route of the stage. */
export const sendGridEvents: Check = {
  name: 'e-mail: events of SendGrid',
  stops: 'warning',
  about: usesSendGrid,
  async run(context) {
    const { apiUrl } = (await context.stack())?.outputs ?? {};
    if (apiUrl === undefined) return [];
    const route = `${apiUrl.replace(/\/$/, '')}${EMAIL_EVENTS_ROUTE.path}`;
    return read(context, '/v3/user/webhooks/event/settings/all', 'Event Webhook', (json) => {
      const ours = recordsOf(json, 'webhooks').filter(({ url, enabled }) => url === route && enabled === true);
      const create = 'docs/how-to/sendgrid.md describes the webhook (step 4).';
      if (ours.length === 0)
        return warning(`No enabled Event Webhook of SendGrid posts to ${route}: no outcome arrives.`, create);
      return ours.flatMap((webhook) => webhookFindings(webhook, context.settings));
    });
  },
};

function webhookFindings(webhook: Fields, { email }: StageSettings): Finding[] {
  const { public_key: key, id } = webhook;
  const keys: readonly string[] = email.provider === 'sendgrid' ? email.webhookKeys : [];
  const missing = NEEDED.filter((event) => webhook[event] !== true);
  return [
    ...warning.when(
      !key,
      `The Event Webhook ${id} is not signed, so each of its events is refused.`,
      'Enable Signature Verification, and put its verification key into email.webhookKeys.',
    ),
    ...warning.when(
      Boolean(key) && !keys.some((one) => one === key),
      `email.webhookKeys does not have the verification key of the Event Webhook ${id}, so each of its events is refused.`,
      `Put it into infra/stages.ts, and deploy: ${key}`,
    ),
    ...warning.when(
      missing.length > 0,
      `The Event Webhook ${id} does not post ${missing.join(', ')}.`,
      'Choose these events, too.',
    ),
  ];
}

type Fields = Readonly<Record<string, unknown>>;
type Answered = { status: number; json: unknown };

/** The senders' key, and where it is stored. Undefined before the first deployment. */
async function storedKey({ account, stack }: CheckContext): Promise<{ key: string; secret: string } | undefined> {
  const outputs = (await stack())?.outputs ?? {};
  const [, secret] = Object.entries(outputs).find(([name]) => name.startsWith('mailapikeysecret')) ?? [];
  if (secret === undefined) return undefined;
  const { SecretString: key = '' } = await account.secrets.send(new GetSecretValueCommand({ SecretId: secret }));
  return { key, secret };
}

/**
 * What an answer shows, with a key that may read. The senders' key usually may only send: then the finding says what
 * was not checked.
 */
async function read(
  context: CheckContext,
  path: string,
  page: string,
  findingsIn: (json: unknown) => Finding[],
): Promise<Finding[]> {
  const key = context.emailApi.key ?? (await storedKey(context))?.key ?? '';
  // Another text is no business of SendGrid’s. The first check reports it.
  if (!API_KEY.test(key)) return [];
  const { status, json } = await ask(context, path, key);
  if (status === 200) return findingsIn(json);
  return warning(
    `SendGrid answers ${status} to GET ${path.split('?')[0]}, so this is not checked.`,
    `Look at ${page} in SendGrid, or set SENDGRID_API_KEY for this command to a key that may read it.`,
  );
}

async function ask({ emailApi, settings }: CheckContext, path: string, key: string): Promise<Answered> {
  const needs = emailNeedsOf(settings.email);
  const own = needs.service === 'web-api' ? needs.sending[ENV.emailApiUrl] : undefined;
  const response = await fetch(new URL(path, emailApi.url ?? own), {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  return { status: response.status, json: response.ok ? await response.json() : undefined };
}

const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** The list in an answer, or in a field of it. */
function listIn(json: unknown, field?: string): readonly unknown[] {
  const list = field !== undefined && isRecord(json) ? json[field] : json;
  return Array.isArray(list) ? list : [];
}

const recordsOf = (json: unknown, field?: string): Fields[] => listIn(json, field).filter(isRecord);
