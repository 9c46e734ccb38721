import type { LogEntry, MessageLogStore } from '#shared/message-log/ports.ts';
import { added, addedChannels, type ChannelFigures, figuresOf, NO_FIGURES } from './figures.ts';
import type { Minute } from './ports.ts';

/**
 * A tenant's statistics are counted by minute and added up by hour. A minute's figures are computed from the rows of
 * the notifications that were created in it. Events only mark the minute. So a repeated count gives the same result, a
 * burst of events needs one count, and all statistics can be rebuilt at any time.
 */
export const minuteOf = (tenant: string, at: string): Minute => ({ tenant, minute: at.slice(0, MINUTE_LENGTH) });

/** `2026-01-31T12:34` */
const MINUTE_LENGTH = 16;

/** As many as the tenant's log accepts in a minute. If there are more, the rest is not counted (`isPartial`). */
const MOST_IN_A_MINUTE = 60_000;
/** Keys in one read of rows and outcomes. */
const ROWS_A_READ = 50;
const READS_AT_ONCE = 8;

/** The reads that a count needs: keys of the log, and their rows. */
export type FiguresLog = Pick<MessageLogStore, 'listLog' | 'readProgress'>;

/**
 * Counts the figures of a minute.
 * @returns `count`: the number of notifications counted; `isPartial`: there are more.
 */
export async function figuresOfMinute({ tenant, minute }: Minute, log: FiguresLog) {
  const range = { from: `${minute}:00.000Z`, to: `${minute}:59.999Z~` };
  let figures: ChannelFigures = {};
  let [count, after, isLast]: [number, string | undefined, boolean] = [0, undefined, false];
  while (!isLast && count < MOST_IN_A_MINUTE) {
    const page = await log.listLog(
      tenant,
      { ...range, ...(after !== undefined && { after }) },
      ROWS_A_READ * READS_AT_ONCE,
    );
    const counted = await Promise.all(chunks(page.entries).map((entries) => figuresOfEntries(entries, log)));
    figures = counted.reduce(addedChannels, figures);
    count += page.entries.length;
    after = page.last ?? after;
    isLast = page.isLast;
  }
  return { figures, count, isPartial: !isLast };
}

async function figuresOfEntries(entries: readonly LogEntry[], log: FiguresLog): Promise<ChannelFigures> {
  const progress = await log.readProgress(entries.map(({ key }) => key));
  let figures: ChannelFigures = {};
  for (const { stored, events } of progress) {
    const notification = stored.state;
    const { [notification.channel]: before = NO_FIGURES } = figures;
    figures = { ...figures, [notification.channel]: added(before, figuresOf(notification, events)) };
  }
  return figures;
}

const chunks = (entries: readonly LogEntry[]): LogEntry[][] =>
  Array.from({ length: Math.ceil(entries.length / ROWS_A_READ) }, (_, index) =>
    entries.slice(index * ROWS_A_READ, (index + 1) * ROWS_A_READ),
  );
