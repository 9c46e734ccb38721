import type { ServerResponse } from 'node:http';
import { endUserMessagingProvider } from '#shared/adapters/aws/providers/end-user-messaging/provider.ts';
import { sendGridProvider } from '#shared/adapters/aws/providers/sendgrid/provider.ts';
import { NAMES_OF_STATUS } from '#shared/adapters/aws/providers/sendgrid/refusals.ts';
import { sesProvider } from '#shared/adapters/aws/providers/ses/provider.ts';
import { snsSmsProvider } from '#shared/adapters/aws/providers/sns/provider.ts';
import type { OutgoingMessage, Provider, ProviderAnswer } from '#shared/delivery/provider.ts';
import { startHttpService } from './http-service.ts';

/** Longer than any answer takes here, however busy the machine is. */
const PATIENT_MS = 20_000;
/** For what never answers. */
export const IMPATIENT_MS = 1500;
Object.assign(process.env, { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });

/** How a service refuses: its error's name, and what it says beside it. */
export type Refused = {
  status?: number;
  error: string;
  text?: string;
  reason?: string;
  fields?: readonly string[];
};

export type ProviderName = 'SES' | 'SendGrid' | 'SNS' | 'End User Messaging';

export type ProviderCase = {
  name: ProviderName;
  /** Environment variable that names the service's address. */
  endpoint: string;
  provider: (timeoutMs?: number) => Provider;
  message: OutgoingMessage;
  /** Answers as the service writes its errors. */
  refuse(response: ServerResponse, refused: Refused): void;
};

const about = { tenant: 'acme', notificationId: 'order_o1_1-1', attemptNonce: 'nonce-1' };
const textMessage: OutgoingMessage = {
  ...about,
  recipients: ['+4366012345678'],
  rendered: { channel: 'sms', body: 'Hello', segments: 1 },
};

/** Every provider, behind its real client. */
export const PROVIDER_CASES: Record<ProviderName, ProviderCase> = {
  SES: {
    name: 'SES',
    endpoint: 'AWS_ENDPOINT_URL_SESV2',
    provider: (timeoutMs = PATIENT_MS) =>
      sesProvider({ sender: 'orders@shop.example', configurationSet: 'mail', timeoutMs }),
    message: {
      ...about,
      recipients: ['ada@example.com'],
      rendered: { channel: 'email', subject: 'Your order', html: '<p>Hello</p>', text: 'Hello' },
    },
    refuse: (response, { status = 400, error, text = 'about ada@example.com' }) => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': error });
      response.end(JSON.stringify({ message: text }));
    },
  },
  SendGrid: {
    name: 'SendGrid',
    endpoint: 'EMAIL_API_URL',
    provider: (timeoutMs = PATIENT_MS) =>
      sendGridProvider({
        sender: 'orders@shop.example',
        url: process.env.EMAIL_API_URL ?? '',
        stage: 'local',
        openKey: () => async () => 'SG.key',
        timeoutMs,
      }),
    message: {
      ...about,
      recipients: ['ada@example.com'],
      rendered: { channel: 'email', subject: 'Your order', html: '<p>Hello</p>', text: 'Hello' },
    },
    refuse: (response, { error, status = statusNamed(error), text = 'about ada@example.com', fields = [] }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      const errors = (fields.length > 0 ? fields : [null]).map((field) => ({ message: text, field, help: null }));
      response.end(JSON.stringify({ errors }));
    },
  },
  SNS: {
    name: 'SNS',
    endpoint: 'AWS_ENDPOINT_URL_SNS',
    provider: (timeoutMs = PATIENT_MS) => snsSmsProvider({ timeoutMs }),
    message: textMessage,
    refuse: (response, { status = 400, error, text = 'about +4366012345678' }) => {
      response.writeHead(status, { 'content-type': 'text/xml' });
      response.end(
        `<ErrorResponse><Error><Type>Sender</Type><Code>${error}</Code><Message>${text}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
      );
    },
  },
  'End User Messaging': {
    name: 'End User Messaging',
    endpoint: 'AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2',
    provider: (timeoutMs = PATIENT_MS) =>
      endUserMessagingProvider({
        originationIdentity: 'arn:aws:sms-voice:eu-central-1:000000000000:pool/pool-1a',
        configurationSet: 'texts',
        timeoutMs,
      }),
    message: textMessage,
    refuse: (response, { status = 400, error, text = 'about +4366012345678', reason, fields }) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      const __type = `com.amazonaws.pinpointsmsvoicev2#${error}`;
      const Fields = fields?.map((Name) => ({ Name, Message: 'about +4366012345678' }));
      response.end(JSON.stringify({ __type, Message: text, Reason: reason, Fields }));
    },
  },
};

/** SendGrid's errors are named by their status. */
const statusNamed = (name: string): number =>
  Number(Object.entries(NAMES_OF_STATUS).find(([, known]) => known === name)?.[0] ?? 400);

/** What a provider makes of what is at this address. */
export async function answerAt(
  url: string,
  { endpoint, provider, message }: ProviderCase,
  timeoutMs?: number,
): Promise<ProviderAnswer> {
  process.env[endpoint] = url;
  try {
    return await provider(timeoutMs).send(message);
  } finally {
    delete process.env[endpoint];
  }
}

/** What a provider makes of one answer, and how many requests it made to get it. */
export async function answerOf(
  one: ProviderCase,
  behave: (response: ServerResponse) => void,
  timeoutMs?: number,
): Promise<ProviderAnswer & { requests: number }> {
  const service = await startHttpService((_request, response) => behave(response));
  try {
    return { ...(await answerAt(service.url, one, timeoutMs)), requests: service.requests() };
  } finally {
    await service.close();
  }
}
