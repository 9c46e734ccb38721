import { memoryAttachments } from '#shared/adapters/memory/memory-attachments.ts';
import { memoryStatistics } from '#shared/adapters/memory/memory-statistics.ts';
import { memoryStore } from '#shared/adapters/memory/memory-store.ts';
import { openApiText } from '#shared/api/document.ts';
import { commandRoutes, type QueryApiPorts, queryRoutes } from '#shared/api/routes.ts';
import { ATTACHMENT } from '#shared/attachment/attachment.ts';
import type { HttpFunction } from '#shared/http/event.ts';
import { serveRoutes } from '#shared/http/route.ts';
import type { Log, Randomness } from '#shared/messaging/system.ts';
import type { OnceStore } from '#shared/once/ports.ts';
import { TENANT_CLAIM } from './http-event.ts';
import { countedRandomness, manualClock, memoryLog } from './ports.ts';
import { queryStores } from './query-stores.ts';

/** Commands and queries over one store in memory, with what a test wants to see of it. */
export function apiInMemory(overrides: Partial<OnceStore> & { secret?: () => Promise<string> } = {}) {
  const memory = memoryStore();
  const calls: string[] = [];
  const counted = <Name extends 'load' | 'commit'>(name: Name): OnceStore[Name] =>
    ((...values: Parameters<OnceStore[Name]>) => {
      calls.push(name);
      const port = (overrides[name] ?? memory[name]) as (...given: unknown[]) => unknown;
      return port(...values);
    }) as OnceStore[Name];
  const objects = memoryAttachments();
  const log = memoryLog();
  const random = countedRandomness();
  const clock = manualClock();
  const ports = {
    store: { load: counted('load'), commit: counted('commit') },
    clock,
    timer: clock,
    random,
    log,
    secret: overrides.secret ?? (async () => 'key of the tests'),
    settings: { outboxGraceMs: 1000, budgetMs: 5000 },
    notifications: { firstClaimMs: 60_000 },
  };
  const commandPorts = {
    ...ports,
    suppressions: memory,
    attachments: {
      states: memory.statesOf(ATTACHMENT),
      objects,
      uploads: objects,
      clock,
      uploadMs: 900_000,
      usableMs: 86_400_000,
    },
  };
  const commands = serveRoutes(commandRoutes(), commandPorts, { tenantClaim: TENANT_CLAIM });
  const queries = queriesWith({
    ...queryStores(memory),
    statistics: memoryStatistics(),
    secret: ports.secret,
    clock,
    random,
    log,
  });
  return { commands, queries, memory, objects, calls, log, clock };
}

export type QueryPorts = Omit<QueryApiPorts, 'description'> & { random: Randomness; log: Log };

/** The queries over these ports. */
export const queriesWith = (ports: QueryPorts): HttpFunction =>
  serveRoutes(queryRoutes(), { ...ports, description: async () => openApiText }, { tenantClaim: TENANT_CLAIM });
