import { onceStore } from '#shared/adapters/aws/dynamodb/once.ts';
import { requestCounts } from '#shared/adapters/aws/dynamodb/request-counts.ts';
import { stateStore } from '#shared/adapters/aws/dynamodb/states.ts';
import type { Table } from '#shared/adapters/aws/dynamodb/table.ts';
import { ENV } from '#shared/names.ts';
import { recentSettings, settingsReader } from '#shared/notification/settings/settings-reader.ts';
import type { NotifyingPorts } from '#shared/notification/terms.ts';
import { tenantRate } from '#shared/once/tenant-rate.ts';
import { readEnvironment } from './environment.ts';
import { executorSettings, firstClaimMs } from './executor-settings.ts';
import { jsonLog } from './log.ts';
import { ownTable } from './own-table.ts';
import { secretReader } from './secret.ts';
import { systemClock, systemRandomness, systemTimer } from './system.ts';

/** Well below the function's timeout of 10 s, so that the last try can finish. */
const BUDGET_MS = 5000;

const DAY_MS = 24 * 60 * 60 * 1000;

/** What a function with commands over HTTP gets from its environment: the table, the ports of commands, the settings. */
export function commandPorts() {
  const { tenantClaim, tenantRatePerSecond } = readEnvironment({
    tenantClaim: [ENV.tenantClaim, 'text'],
    tenantRatePerSecond: [ENV.tenantRatePerSecond, 'optional number'],
  });
  // The executor retries within its own budget. If the client retried as well, a call could outlast the function.
  const table = ownTable({ maxAttempts: 1, timeoutMs: 1500 });
  const ports: NotifyingPorts = {
    store: onceStore(table),
    clock: systemClock,
    timer: systemTimer,
    random: systemRandomness,
    log: jsonLog(),
    settings: executorSettings(BUDGET_MS),
    ...notifying(table),
  };
  const settings = {
    tenantClaim,
    ...(tenantRatePerSecond !== undefined && {
      tenantRate: tenantRate(tenantRatePerSecond, { ...ports, counts: requestCounts(table) }),
    }),
  };
  return { table, ports, settings };
}

/** What commands that request notifications get from their function's environment. */
export function notifying(table: Table): Pick<NotifyingPorts, 'secret' | 'notifications' | 'settingsOf'> {
  const { secretId, contentRetentionDays } = readEnvironment({
    secretId: [ENV.secret, 'text'],
    contentRetentionDays: [ENV.contentRetentionDays, 'number'],
  });
  return {
    secret: secretReader({ secretId }),
    notifications: { firstClaimMs: firstClaimMs(), contentRetentionMs: contentRetentionDays * DAY_MS },
    settingsOf: recentSettings(settingsReader({ statesOf: (shape) => stateStore(table, shape) }), systemClock),
  };
}
