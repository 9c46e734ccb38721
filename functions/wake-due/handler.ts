import type { Context } from 'aws-lambda';
import { dynamoStore } from '#shared/adapters/aws/dynamo-store.ts';
import { readEnvironment } from '#shared/adapters/aws/environment.ts';
import { powertoolsLog } from '#shared/adapters/aws/log.ts';
import { snsPublisher } from '#shared/adapters/aws/sns-publisher.ts';
import { systemClock, systemRandomness, systemTimer } from '#shared/adapters/aws/system.ts';
import { notificationWaker } from '#shared/delivery/wake-notification.ts';
import { ENV } from '#shared/names.ts';
import { outboxWaker, wakeUntil } from '#shared/once/wake.ts';

const settings = readEnvironment({
  tableName: [ENV.table, 'text'],
  topicArn: [ENV.topic, 'text'],
  intervalSeconds: [ENV.wakeIntervalSeconds, 'number'],
  ratePerSecond: [ENV.wakeRatePerSecond, 'number'],
  outboxGraceSeconds: [ENV.outboxGraceSeconds, 'number'],
  firstClaimSeconds: [ENV.firstClaimSeconds, 'number'],
  unknownDeadlineSeconds: [ENV.unknownDeadlineSeconds, 'number'],
});

const store = dynamoStore({ tableName: settings.tableName });
const log = powertoolsLog();
const publisher = snsPublisher({ topicArn: settings.topicArn });

const common = { publisher, log, clock: systemClock, timer: systemTimer, random: systemRandomness };

const wakers = {
  outbox: outboxWaker({ ...common, outbox: store }),
  notification: notificationWaker({
    ...common,
    store,
    notifications: store,
    unknownDeadlineMs: settings.unknownDeadlineSeconds * 1000,
    settings: {
      outboxGraceMs: settings.outboxGraceSeconds * 1000,
      firstClaimMs: settings.firstClaimSeconds * 1000,
      budgetMs: 2000,
    },
  }),
};

/** Kept back so that a round that has begun can end before the function's time is over. */
const ROUND_MS = 8000;

/** The slow lane, started every minute: loops within its minute, so that "due" means seconds, not minutes. */
export async function handler(_event: unknown, context: Context): Promise<{ woken: number }> {
  const until = systemClock.now() + context.getRemainingTimeInMillis() - ROUND_MS;
  const pace = { intervalMs: settings.intervalSeconds * 1000, ratePerSecond: settings.ratePerSecond };
  const woken = await wakeUntil(until, wakers, pace, { due: store, clock: systemClock, timer: systemTimer, log });
  return { woken };
}
