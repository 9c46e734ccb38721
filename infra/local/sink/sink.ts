import type { IncomingMessage, ServerResponse } from 'node:http';
import { serviceError } from '../aws/answers.ts';
import { stackOf } from '../base/failure.ts';
import { type Answer, listenLocally, readBody, sendAnswer } from '../base/http.ts';
import { createEventFeed, type EventFeed } from './event-feed.ts';
import { serveInbox } from './inbox.ts';
import type { SinkOptions } from './options.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';
import { accountRefused } from './refusals.ts';
import { answerSecret } from './secrets.ts';
import { acceptMail, MailRefusal, mailAccepted, mailAccountRefused } from './sendgrid.ts';
import { acceptEmail, SesRefusal } from './ses.ts';
import { isRefused, type SinkSettings } from './settings.ts';
import { acceptSms, smsAccepted, smsOptedOut } from './sms.ts';
import { type AcceptedText, acceptTextMessage, textMessageAccepted, textMessageOptedOut } from './sms-voice.ts';
import { openStore, type SinkStore, type SmsEntry } from './store.ts';
import { webhookReceiver } from './webhooks.ts';

export type { SinkOptions } from './options.ts';
export type { SinkSettings } from './settings.ts';
export type { EmailEntry, SmsEntry, WebhookEntry } from './store.ts';

export type Sink = Awaited<ReturnType<typeof startSink>>;

/**
 * Starts the outside world: providers that accept e-mails and text messages, store them and publish events about them
 * as AWS does. A call is stored on disk before it is answered: one entry for each accepted call.
 */
export async function startSink(options: SinkOptions) {
  const store = openStore(options.dataDir);
  const clock = options.clock ?? Date.now;
  const log = (line: string) => options.log?.(line);
  let settings: SinkSettings = {};
  const feed = createEventFeed({ store, clock, log, options, settings: () => settings });
  const rate = createRateLimit(clock);
  const context: Context = { options, store, clock, log, feed, rate, settings: () => settings };
  const providers = await listenLocally((incoming, response) => serveProvider(context, incoming, response));
  const receive = webhookReceiver({ store, clock, log, settings: context.settings, faults: options.webhookFaults });
  let pageUrl: string | undefined;
  const inbox = await listenLocally(
    (incoming, response) => serveInbox({ store, pageUrl: () => pageUrl, log, receive }, incoming, response),
    options.inboxPort,
  );
  feed.start();
  return {
    /** The providers: SES v2, SendGrid, text messages by SNS and End User Messaging, Secrets Manager. */
    url: providers.url,
    /** The messages that the outside world received, for scripts. Its `/` leads people to the page of the console. */
    inboxUrl: inbox.url,
    /** Names the page that shows the inbox. It has an address only after the sink has one. */
    showAt(url: string): void {
      pageUrl = url;
    },
    controls: {
      settings: (): SinkSettings => settings,
      /** Replaces all settings. */
      replace(next: SinkSettings): void {
        settings = next;
        feed.settingsChanged();
      },
    },
    async close(): Promise<void> {
      await Promise.all([providers.close(), inbox.close(), feed.stop()]);
      store.close();
    },
  };
}

type Context = {
  options: SinkOptions;
  store: SinkStore;
  clock: () => number;
  log: (line: string) => void;
  feed: EventFeed;
  rate: RateLimit;
  settings: () => SinkSettings;
};

async function serveProvider(context: Context, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await readBody(incoming);
    sendAnswer(response, answerProvider(context, incoming, body));
  } catch (error) {
    context.log(`sink: ${stackOf(error)}`);
    response.destroy();
  }
}

/** Finds the provider by its protocol. A call to any other service is refused by name. */
function answerProvider(context: Context, incoming: IncomingMessage, body: Buffer): Answer {
  const route = `${incoming.method} ${incoming.url}`;
  if (route === 'POST /v2/email/outbound-emails') return answerEmail(context, body);
  if (route === 'POST /v3/mail/send') return answerMail(context, incoming, body);
  const [target, operation = ''] = String(incoming.headers['x-amz-target'] ?? '').split('.');
  if (target === 'secretsmanager') return answerSecret(operation, body, context.options.secrets);
  if (target === 'PinpointSMSVoiceV2')
    return answerSms(
      context,
      acceptTextMessage(operation, body, context.clock(), Object.keys(context.options.smsConfigurationSets ?? {})),
      endUserMessaging,
    );
  if (incoming.headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
    return answerSms(context, acceptSms(new URLSearchParams(body.toString()), context.clock()), snsSms);
  return serviceError('sesv2', 404, 'UnknownOperationException', `The local sink does not emulate ${route}.`);
}

function answerEmail({ options, store, clock, feed, rate, settings, log }: Context, body: Buffer): Answer {
  const { identities, region = 'eu-central-1', configurationSets = {} } = options;
  try {
    const accepted = acceptEmail(
      body,
      { region, configurationSets: Object.keys(configurationSets), ...(identities && { identities }) },
      clock(),
    );
    const { entry } = accepted;
    const { refusing } = settings();
    if (refusing?.email) return accountRefused('sesv2', refusing.email);
    if (entry.to.some((recipient) => isRefused(recipient, settings()))) {
      throw new SesRefusal(
        400,
        'MessageRejected',
        'Message rejected: invalid content (the settings of the sink refuse a recipient).',
      );
    }
    if (!rate.take(entry.to.length, settings().ratePerSecond)) {
      throw new SesRefusal(429, 'TooManyRequestsException', 'Maximum sending rate exceeded.');
    }
    store.add('email', entry, feed.eventsOf(accepted), accepted.files);
    feed.wake();
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ MessageId: entry.id }),
    };
  } catch (error) {
    if (!(error instanceof SesRefusal)) throw error;
    log(`sink: SES refuses: ${error.message}`);
    return error.answer;
  }
}

function answerMail(
  { options, store, clock, feed, rate, settings, log }: Context,
  incoming: IncomingMessage,
  body: Buffer,
): Answer {
  try {
    const { authorization = '' } = incoming.headers;
    const accepted = acceptMail(body, authorization, options.sendGrid?.apiKey ?? '', clock());
    const { entry } = accepted;
    const { refusing } = settings();
    if (refusing?.email) throw mailAccountRefused(refusing.email);
    if (entry.to.some((recipient) => isRefused(recipient, settings())))
      throw new MailRefusal(
        400,
        'The content is refused (the settings of the sink refuse a recipient).',
        'content.0.value',
      );
    if (!rate.take(entry.to.length, settings().ratePerSecond)) throw new MailRefusal(429, 'too many requests');
    store.add('email', entry, feed.eventsOfMail(accepted), accepted.files);
    feed.wake();
    return mailAccepted(entry);
  } catch (error) {
    if (!(error instanceof MailRefusal)) throw error;
    log(`sink: SendGrid refuses: ${error.message}`);
    return error.answer;
  }
}

/** The answers of a provider of text messages to an accepted and to a refused message. */
type SmsAnswers = {
  service: 'sns' | 'pinpoint-sms-voice-v2';
  accepted: (entry: SmsEntry) => Answer;
  optedOut: () => Answer;
};
const snsSms: SmsAnswers = { service: 'sns', accepted: smsAccepted, optedOut: smsOptedOut };
const endUserMessaging: SmsAnswers = {
  service: 'pinpoint-sms-voice-v2',
  accepted: textMessageAccepted,
  optedOut: textMessageOptedOut,
};

function answerSms(
  { store, log, settings, feed }: Context,
  result: AcceptedText | { refusal: Answer },
  { service, accepted, optedOut }: SmsAnswers,
): Answer {
  const { refusing } = settings();
  const refuse = (refusal: Answer): Answer => {
    log(`sink: a text message is refused: ${refusal.body}`);
    return refusal;
  };
  if ('refusal' in result) return refuse(result.refusal);
  if (refusing?.sms) return refuse(accountRefused(service, refusing.sms));
  if (isRefused(result.entry.to, settings())) return refuse(optedOut());
  store.add('sms', result.entry, feed.eventsOfText(result));
  feed.wake();
  return accepted(result.entry);
}
