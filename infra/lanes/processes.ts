import type { Construct } from 'constructs';
import {
  CUSTOMER_REGISTERED,
  ENV,
  FUNCTION,
  NOTIFICATION_MESSAGE,
  ORDER_APPROVED,
  ORDER_CANCELLED,
  ORDER_CONFIRMED,
  ORDER_PLACED,
} from '#shared/names.ts';
import { notifyingVariablesOf, type Stage } from '../constructs/stage.ts';
import { EXECUTOR_ACTIONS } from '../constructs/table.ts';
import type { TextMessages } from '../constructs/text-messages.ts';
import type { Platform } from './platform.ts';
import { TopicSubscriber } from './topic-subscriber.ts';

/** What happens to orders. */
const ORDER_STEPS = [ORDER_PLACED, ORDER_CONFIRMED, ORDER_APPROVED, ORDER_CANCELLED];

/** Whether a notification arrived: for fallbacks. */
const { sent, failed, delivered, bounced, complained, rejected, suppressed } = NOTIFICATION_MESSAGE;
const ARRIVALS = [sent, failed, delivered, bounced, complained, rejected, suppressed];

/** The process managers: they turn the messages that they wait for into commands, which may request notifications. */
export class Processes extends TopicSubscriber {
  constructor(scope: Construct, platform: Platform) {
    const { stage, secret, texts } = platform;
    super(scope, platform, {
      name: FUNCTION.runProcess,
      types: [CUSTOMER_REGISTERED, ...ORDER_STEPS, ...ARRIVALS],
      // GetItem reads the customer or the order.
      tableActions: [...EXECUTOR_ACTIONS, 'dynamodb:GetItem'],
      environment: {
        ...secret.environment,
        ...notifyingVariablesOf(stage),
        ...reminderVariablesOf(stage),
        ...reportingVariablesOf(texts),
      },
      memoryMb: 512,
    });
    // The key of recipient keys.
    secret.allowReading(this.function);
  }
}

/** Without the setting, no order gets a reminder. */
const reminderVariablesOf = ({ settings: { orders } }: Stage): Record<string, string> =>
  orders.reminderAfterSeconds === undefined ? {} : { [ENV.reminderAfterSeconds]: String(orders.reminderAfterSeconds) };

/** Every provider of e-mail reports deliveries, and not every gateway of text messages does. */
const reportingVariablesOf = ({ events }: TextMessages): Record<string, string> => ({
  [ENV.reportingChannels]: events ? 'email sms' : 'email',
});
