import type { Construct } from 'constructs';
import { EMAIL_EVENTS_ROUTE, ENV, FUNCTION } from '#shared/names.ts';
import { HttpFunction } from '../constructs/http-api.ts';
import type { WebMail } from '../constructs/web-mail.ts';
import type { Platform } from './platform.ts';

/**
 * Receives the events that an e-mail provider outside AWS posts. The route requires no token: each request is signed.
 * The function may only put messages into the topic of provider events.
 */
export class EmailEvents extends HttpFunction {
  override readonly integration = 'email-events';
  override readonly routes = [EMAIL_EVENTS_ROUTE];
  /**
   * A provider posts a batch every few seconds from each of its servers. Beyond the limit, API Gateway answers 429, and
   * the provider posts the batch again later. A stranger can use up this limit, and only delays events.
   */
  override readonly publicLimit = { ratePerSecond: 20, burst: 20 };

  constructor(scope: Construct, { stage }: Platform, mail: WebMail) {
    super(scope, {
      stage,
      name: FUNCTION.receiveEmailEvents,
      environment: { ...mail.provider, ...mail.receiving, [ENV.topic]: mail.events.topicArn },
    });
    this.allow(['sns:Publish'], [mail.events.topicArn]);
  }
}
