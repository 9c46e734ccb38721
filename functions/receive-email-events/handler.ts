import { emailEvents } from '#shared/adapters/aws/providers/email-events.ts';
import { cloudWatchCounters } from '#shared/adapters/aws/runtime/counters.ts';
import { readEnvironment } from '#shared/adapters/aws/runtime/environment.ts';
import { jsonLog } from '#shared/adapters/aws/runtime/log.ts';
import { snsPublisher } from '#shared/adapters/aws/runtime/sns-publisher.ts';
import { systemClock, systemRandomness } from '#shared/adapters/aws/runtime/system.ts';
import { receiveEvents } from '#shared/feedback/receive-events.ts';
import { httpFunction } from '#shared/http/http-function.ts';
import { EMAIL_EVENTS_ROUTE, ENV } from '#shared/names.ts';

const { provider, topicArn } = readEnvironment({
  provider: [ENV.emailProvider, 'text'],
  topicArn: [ENV.topic, 'text'],
});
const { openReceiver } = await emailEvents(provider);
if (!openReceiver) throw new TypeError(`The provider ${provider} posts no events.`);

const log = jsonLog();

/** Puts the events that the e-mail provider posts into the topic of provider events, once their signature is verified. */
export const handler = httpFunction({
  routes: {
    [`${EMAIL_EVENTS_ROUTE.method} ${EMAIL_EVENTS_ROUTE.path}`]: receiveEvents({
      receive: openReceiver(),
      publisher: snsPublisher({ topicArn }),
      clock: systemClock,
      log,
      counters: cloudWatchCounters(),
    }),
  },
  random: systemRandomness,
  log,
});
