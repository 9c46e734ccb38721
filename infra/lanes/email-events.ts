import type { Construct } from 'constructs';
import { COUNTER, EMAIL_EVENTS_ROUTE, ENV, FUNCTION } from '#shared/names.ts';
import { HttpFunction } from '../constructs/http-api.ts';
import { type AlarmRow, counter, type Graph, KEEPS_FAILING, labelled } from '../constructs/monitoring.ts';
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

  override alarms(): AlarmRow[] {
    return [
      {
        id: 'email-events-refused',
        step: 'feedback',
        metric: this.refused,
        readings: KEEPS_FAILING,
        means:
          'Requests with events of the e-mail provider keep being refused. If they are those of the provider, their events are lost 24 hours later.',
        first: 'Read "reason" in "Events refused" of receive-email-events.',
        runbook: 'email-events-refused',
      },
      ...super.alarms(),
    ];
  }

  override panel(): Graph[] {
    return [
      ...super.panel(),
      {
        step: 'feedback',
        title: 'Requests with events that were refused',
        metrics: [labelled(this.refused, 'refused')],
      },
    ];
  }

  private get refused() {
    return counter(this.stage, COUNTER.emailEventsRefused, this.name);
  }
}
