import type { MessageLogStore } from '#shared/message-log/ports.ts';
import { absent } from '#shared/messaging/absence.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { parseEnvelope, parseWith } from '#shared/messaging/parse.ts';
import { object, textThat } from '#shared/messaging/read.ts';
import type { Clock, Randomness } from '#shared/messaging/system.ts';
import {
  NO_SUCH_NOTIFICATION,
  type NotificationKey,
  notificationKey,
  parseNotificationId,
} from '#shared/notification/notification-id.ts';
import type { NotificationStore } from '#shared/notification/ports.ts';
import { readThroughCache } from '#shared/once/read-through-cache.ts';
import type { Waker } from '#shared/once/wake.ts';
import type { DueMinute, DueReview } from './due.ts';
import { figuresOfMinute, minuteOf } from './minute-figures.ts';
import type { Minute, StatisticsStore } from './ports.ts';
import { type ReviewPorts, reviewedTenants } from './review-tenants.ts';

/** Delay before a count: it then includes events that follow soon, and the log has caught up with the rows. */
export const SETTLING_MS = 10_000;

export type MarkPorts = {
  statistics: Marks;
  createdAtOf: CreatedAtOf;
  clock: Clock;
};

/** A malformed id is refused before it is used for a read. */
const aReference = object({
  notificationId: textThat('notification id', (id) => parseNotificationId(id) !== undefined),
});

/**
 * Marks the minute of the notification that a message is about, so that it is counted. The type of the message does not
 * matter, nor do repetitions or the order.
 * @throws PoisonMessage if it is about no notification; NotSeenYet if it should be redelivered.
 */
export async function markForCount(body: string, { statistics, createdAtOf, clock }: MarkPorts): Promise<void> {
  const { tenantid, data, time } = parseEnvelope(body);
  const { notificationId } = parseWith(aReference, data, 'The message is about no notification');
  const key = notificationKey(tenantid, notificationId);
  if (!key) throw absent(NO_SUCH_NOTIFICATION, time, clock.now());
  const createdAt = await createdAtOf(key, time);
  await statistics.markMinute(minuteOf(tenantid, createdAt), clock.now() + SETTLING_MS);
}

/**
 * When a notification was created, in ISO 8601. @param messageTime of the message that names it.
 * @throws PoisonMessage, NotSeenYet if it is missing
 */
export type CreatedAtOf = (key: NotificationKey, messageTime: string) => Promise<string>;

/** Notifications whose time an environment remembers. Their messages follow each other within seconds. */
const MOST_NOTIFICATIONS = 1000;

/** The time never changes, so an environment reads it once for all messages about a notification. */
export function creationTimes(notifications: Pick<NotificationStore, 'read'>, clock: Clock): CreatedAtOf {
  const cache = readThroughCache<string>({
    maximumAgeMs: Number.POSITIVE_INFINITY,
    maximumEntries: MOST_NOTIFICATIONS,
    clock,
  });
  return async (key, messageTime) => {
    const read = async (): Promise<string> => {
      const stored = await notifications.read(key);
      if (!stored) throw absent(NO_SUCH_NOTIFICATION, messageTime, clock.now());
      return stored.state.createdAt;
    };
    return (await cache.get(JSON.stringify([key.tenant, key.notificationId]), read)).value;
  };
}

type Marks = Pick<StatisticsStore, 'markMinute'>;

/** Possible difference between clocks. A minute whose mark is due within this time is marked again. */
const CLOCKS_DIFFER_MS = 2000;

/**
 * Marks a minute only once while its mark is in force. A count includes everything that happened before it begins, so a
 * minute needs no second mark before the earliest time of its count. In a burst, each environment of the function then
 * writes only once in ten seconds. This saves writes that the store would refuse but that cost as much as others.
 */
export function rememberedMarks(statistics: Marks, clock: Clock): Marks {
  const marks = new Map<string, Promise<number | undefined>>();
  const stands = (dueAt: number | undefined): boolean => dueAt !== undefined && dueAt - CLOCKS_DIFFER_MS > clock.now();
  const forget = (name: string, mark: Promise<number | undefined>): void => {
    if (marks.get(name) === mark) marks.delete(name);
  };
  // A mark that failed is not in force. Its caller gets the error.
  const forgetDue = async (): Promise<void> => {
    for (const [name, mark] of marks) if (!stands(await mark.catch(() => undefined))) forget(name, mark);
  };
  return {
    async markMinute(minute, dueAt) {
      const name = JSON.stringify([minute.tenant, minute.minute]);
      const remembered = marks.get(name);
      if (stands(await remembered)) return remembered;
      // Another message of the same batch may already be marking the same minute.
      const other = marks.get(name);
      if (other && other !== remembered) return other;
      const mark = statistics.markMinute(minute, dueAt);
      marks.set(name, mark);
      try {
        return await mark;
      } catch (error) {
        forget(name, mark);
        throw error;
      } finally {
        await forgetDue();
      }
    },
  };
}

/** Minutes that are counted in one round, and concurrently: a count reads every row of its minute. */
const [MINUTES_A_ROUND, SIDE_BY_SIDE] = [10, 2];
/** Pause per notification before a minute is counted again. Without it, a burst would be read again and again. */
const PAUSE_MS_EACH = 10;

export type CountPorts = ReviewPorts & {
  statistics: Pick<StatisticsStore, 'takeMinute' | 'keepMinute' | 'postponeMinute'>;
  random: Randomness;
};

/** Counts the minutes that were marked, and compares tenants' statistics with their rows. The rest stays due. */
export function statisticsWaker(ports: CountPorts): Waker<DueMinute | DueReview> {
  const reviewed = reviewedTenants(ports);
  return async (rows) => {
    const minutes = rows.flatMap((row) => ('minute' in row ? [row.minute] : [])).slice(0, MINUTES_A_ROUND);
    const queue = minutes.values();
    const worker = async (): Promise<void> => {
      for (const minute of queue) await countMinute(minute, ports).catch((error) => postpone(minute, error, ports));
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
    await reviewed.begin(minutes.map(({ tenant }) => tenant));
    await reviewed.goOn(rows.flatMap((row) => ('tenant' in row ? [row.tenant] : [])));
  };
}

/** Delay before a minute that could not be counted is retried. */
const RETRY_MS = 60_000;

/** A minute that fails does not affect the others: it is postponed, so that it does not come before fresh minutes. */
async function postpone(minute: Minute, error: unknown, { statistics, clock, log }: CountPorts): Promise<void> {
  if (error instanceof NewerVersion) log.warn('Minute of a newer version left to a newer release');
  else log.error('Minute not counted', { error });
  await statistics.postponeMinute(minute, clock.now() + RETRY_MS).catch((cause) => {
    log.error('Minute not postponed; it is still due', { error: cause });
  });
}

/** The minute is taken first and read afterwards, so that every later change marks it again. */
async function countMinute(minute: Minute, { statistics, messageLog, clock, random }: CountPorts): Promise<void> {
  const nonce = random.nonce();
  if (!(await statistics.takeMinute(minute, nonce, clock.now()))) return;
  const { figures, count, isPartial } = await figuresOfMinute(minute, messageLog);
  await statistics.keepMinute(minute, nonce, {
    figures,
    ...(isPartial && { isPartial }),
    restsUntil: clock.now() + count * PAUSE_MS_EACH,
  });
}

/** Keys of the log in one read. */
const KEYS_A_READ = 1000;

export type RebuildPorts = {
  statistics: Pick<StatisticsStore, 'markMinute'>;
  messageLog: Pick<MessageLogStore, 'listLog'>;
  clock: Clock;
};

/**
 * Marks a tenant's minutes so that wake-due counts them again, using only the log and its rows. It sends nothing and
 * changes nothing else. If it is interrupted, it can be started again.
 * @param range ISO 8601 in UTC with milliseconds. @returns how many minutes were marked.
 */
export async function rebuildStatistics(
  tenant: string,
  range: { from: string; to: string },
  { statistics, messageLog, clock }: RebuildPorts,
): Promise<number> {
  const marked = new Set<string>();
  let [after, isLast]: [string | undefined, boolean] = [undefined, false];
  while (!isLast) {
    const page = await messageLog.listLog(tenant, { ...range, ...(after !== undefined && { after }) }, KEYS_A_READ);
    for (const { position } of page.entries) {
      const minute = minuteOf(tenant, position);
      if (marked.has(minute.minute)) continue;
      await statistics.markMinute(minute, clock.now());
      marked.add(minute.minute);
    }
    after = page.last ?? after;
    isLast = page.isLast;
  }
  return marked.size;
}
