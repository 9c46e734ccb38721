import type { Provider } from '#shared/delivery/provider.ts';
import type { SenderPorts } from '#shared/delivery/sender.ts';
import { type Channel, ENV, type FunctionName } from '#shared/names.ts';
import { dynamoStore } from './dynamo-store.ts';
import { readEnvironment } from './environment.ts';
import { powertoolsLog } from './log.ts';
import { systemClock, systemRandomness, systemTimer } from './system.ts';

/** Recording what a provider said matters more than being quick: nearly all of the lease's slack. */
const BUDGET_MS = 4000;

/** What every sender needs, from its environment; the channel's provider is all that differs. */
export function senderPorts(
  subscriber: FunctionName,
  channel: Channel,
  providerFor: (timeoutMs: number) => Provider,
): SenderPorts {
  const settings = readEnvironment({
    tableName: [ENV.table, 'text'],
    outboxGraceSeconds: [ENV.outboxGraceSeconds, 'number'],
    firstClaimSeconds: [ENV.firstClaimSeconds, 'number'],
    leaseSeconds: [ENV.leaseSeconds, 'number'],
    providerTimeoutMs: [ENV.providerTimeoutMs, 'number'],
    unknownDeadlineSeconds: [ENV.unknownDeadlineSeconds, 'number'],
  });
  const store = dynamoStore({ tableName: settings.tableName });
  return {
    store,
    notifications: store,
    provider: providerFor(settings.providerTimeoutMs),
    clock: systemClock,
    timer: systemTimer,
    random: systemRandomness,
    log: powertoolsLog(),
    settings: {
      outboxGraceMs: settings.outboxGraceSeconds * 1000,
      firstClaimMs: settings.firstClaimSeconds * 1000,
      budgetMs: BUDGET_MS,
    },
    sender: {
      subscriber,
      channel,
      leaseMs: settings.leaseSeconds * 1000,
      providerTimeoutMs: settings.providerTimeoutMs,
      unknownDeadlineMs: settings.unknownDeadlineSeconds * 1000,
    },
  };
}
