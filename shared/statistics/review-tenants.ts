import { isDeepStrictEqual } from 'node:util';
import type { Subject } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import type { Clock, Log } from '#shared/messaging/system.ts';
import { type DueStore, type StateStore, StoreUnavailable } from '#shared/once/ports.ts';
import { type FiguresLog, figuresOfMinute, minuteOf } from './minute-figures.ts';
import type { Minute, StatisticsStore } from './ports.ts';
import {
  afterStep,
  comparedFrom,
  dueOf,
  firstReview,
  rangeOf,
  STATISTICS_REVIEW,
  type StatisticsReview,
} from './review.ts';

export type ReviewPorts = {
  statistics: Pick<StatisticsStore, 'markMinute' | 'readMinute'>;
  messageLog: FiguresLog;
  states: Pick<StateStore<StatisticsReview>, 'read' | 'replace'>;
  due: Pick<DueStore, 'postponeDue'>;
  clock: Clock;
  log: Log;
};

/** Key of the row with the state of a tenant's review. */
export const reviewKey = (tenant: string): Subject => ({ tenant, type: STATISTICS_REVIEW.name, id: 'review' });

/** Limits of one wake, whichever is reached first. The rest stays due. */
const [STEPS_A_WAKE, NOTIFICATIONS_A_WAKE] = [60, 5000];
/** Reviews that continue in one round. Each may read thousands of rows. */
const REVIEWS_A_ROUND = 2;
/** Delay before a review that failed continues. */
const RETRY_MS = 60_000;

/**
 * Compares tenants' statistics with the rows that they count, and marks minutes that differ to be counted again. So a
 * lost mark makes figures wrong only for a while, whatever the cause, because the review uses only the log and its
 * rows. If nothing differs, it writes only its own progress.
 */
export function reviewedTenants(ports: ReviewPorts) {
  const begun = new Set<string>();
  const beginOne = async (tenant: string): Promise<void> => {
    if (begun.has(tenant)) return;
    await beginReview(tenant, ports);
    begun.add(tenant);
  };
  return {
    /** Begins the reviews of these tenants. A tenant is reviewed from its first count on. */
    async begin(tenants: readonly string[]): Promise<void> {
      for (const tenant of tenants) {
        // If this fails, the next count of the tenant tries again.
        await beginOne(tenant).catch((error) => ports.log.error('Review of statistics not started', { error }));
      }
    },
    async goOn(tenants: readonly string[]): Promise<void> {
      for (const tenant of tenants.slice(0, REVIEWS_A_ROUND)) {
        await review(tenant, ports).catch((error) => postpone(tenant, error, ports));
      }
    },
  };
}

async function beginReview(tenant: string, { states, clock }: ReviewPorts): Promise<void> {
  const key = reviewKey(tenant);
  if (await states.read(key)) return;
  const state = firstReview(clock.now());
  // If the condition is refused, another process has begun the review.
  await states.replace(key, 0, {
    schemaVersion: STATISTICS_REVIEW.written,
    version: 1,
    state,
    due: dueOf(state),
  });
}

async function review(tenant: string, ports: ReviewPorts): Promise<void> {
  const { states, clock, log } = ports;
  const key = reviewKey(tenant);
  const stored = await states.read(key);
  // The index may be stale: only the row's own due time counts.
  if (!stored || (stored.due?.at ?? Number.POSITIVE_INFINITY) > clock.now()) return;
  const { next, compared, differing } = await compareOn(tenant, stored.state, ports);
  if (differing > 0) log.warn('Statistics differ from their rows and are counted again', { minutes: differing });
  log.info('Statistics reviewed', { day: next.day, step: next.step, minutes: compared });
  // If the condition is refused, another process has continued the review. Comparing twice does no harm.
  await states.replace(key, stored.version, {
    ...stored,
    version: stored.version + 1,
    state: next,
    due: dueOf(next),
  });
}

type Compared = { next: StatisticsReview; compared: number; differing: number };

/** Compares minute by minute, newest first. A range without notifications costs one read of the log. */
async function compareOn(tenant: string, begun: StatisticsReview, ports: ReviewPorts): Promise<Compared> {
  const now = ports.clock.now();
  let [next, compared, differing, notifications] = [begun, 0, 0, 0];
  for (let steps = 0; steps < STEPS_A_WAKE && notifications < NOTIFICATIONS_A_WAKE && next.dueAt <= now; steps += 1) {
    const { last: newest } = await ports.messageLog.listLog(tenant, rangeOf(next), 1);
    if (newest === undefined) {
      next = afterStep(next);
      continue;
    }
    const minute = minuteOf(tenant, newest);
    const { count, differs } = await compareMinute(minute, ports);
    if (differs) await ports.statistics.markMinute(minute, now);
    next = comparedFrom(next, `${minute.minute}:00.000Z`);
    compared += 1;
    differing += differs ? 1 : 0;
    notifications += count;
  }
  return { next, compared, differing };
}

/** A minute that cannot be read is logged and skipped. Otherwise it would block all other minutes. */
async function compareMinute(minute: Minute, ports: ReviewPorts): Promise<{ count: number; differs: boolean }> {
  try {
    const { figures, count } = await figuresOfMinute(minute, ports.messageLog);
    const kept = await ports.statistics.readMinute(minute);
    return { count, differs: !isDeepStrictEqual(kept?.figures ?? {}, figures) };
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    if (error instanceof NewerVersion) ports.log.warn('Minute of a newer version not reviewed');
    else ports.log.error('Minute not reviewed', { error });
    return { count: 1, differs: false };
  }
}

async function postpone(tenant: string, error: unknown, { due, clock, log }: ReviewPorts): Promise<void> {
  if (error instanceof NewerVersion) log.warn('Review of a newer version left to a newer release');
  else log.error('Statistics not reviewed', { error });
  await due.postponeDue(reviewKey(tenant), clock.now() + RETRY_MS).catch((failure) => {
    log.error('Row not postponed', { error: failure });
  });
}
