import { COUNTER, type CounterName, MESSAGE_ATTRIBUTE } from '#shared/names.ts';
import type { DueRow } from './due.ts';
import type { Publisher } from './ports.ts';
import type { Waker } from './wake.ts';

/** Counts events for alarms, never by tenant. It never throws, because the counted work matters more. */
export type Counters = { count(name: CounterName, times: number): Promise<void> };

/** Counted message types with their counters. A person has to look when one occurs, or when one occurs often. */
export type CountedTypes = readonly (readonly [type: string, name: CounterName])[];

/**
 * A publisher that counts. A message is counted after it was published and before its row is marked as published. So it
 * is counted at least once even after a crash, like the message itself is published at least once.
 */
export function countedPublisher(publisher: Publisher, counted: CountedTypes, counters: Counters): Publisher {
  return {
    async publishBatch(publications) {
      const failures = await publisher.publishBatch(publications);
      const failed = new Set(failures.map(({ key }) => key));
      const published = publications.filter(({ key }) => !failed.has(key));
      for (const [type, name] of counted) {
        const times = published.filter(({ attributes }) => attributes[MESSAGE_ATTRIBUTE.type] === type).length;
        if (times > 0) await counters.count(name, times);
      }
      // A message that can never be published becomes a dead letter and is counted there.
      const retried = failures.filter(({ permanent }) => !permanent).length;
      if (retried > 0) await counters.count(COUNTER.publishFailed, retried);
      return failures;
    },
  };
}

/** A waker that counts its rows. For the outbox, these are the rows that the stream did not publish. */
export function countedWaker<Row extends DueRow>(waker: Waker<Row>, name: CounterName, counters: Counters): Waker<Row> {
  return async (rows) => {
    await counters.count(name, rows.length);
    await waker(rows);
  };
}
