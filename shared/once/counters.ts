import { COUNTER, type CounterName, MESSAGE_ATTRIBUTE } from '#shared/names.ts';
import type { DueRow, Publisher } from '#shared/ports.ts';
import type { Waker } from './wake.ts';

/** Counts what happens, for alarms; never by tenant. It never throws: what it counts matters more. */
export type Counters = { count(name: CounterName, times: number): Promise<void> };

/** Types of messages that are counted, each with its counter: a person has to look when it happens, or when it happens often. */
export type CountedTypes = readonly (readonly [type: string, name: CounterName])[];

/**
 * A publisher that counts. An event is counted when its message was taken and before its row is marked as
 * published: like the message itself it is counted at least once, whatever dies in between.
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
      // What can never be published becomes a dead letter, which is counted where it lies.
      const retried = failures.filter(({ permanent }) => !permanent).length;
      if (retried > 0) await counters.count(COUNTER.publishFailed, retried);
      return failures;
    },
  };
}

/** A waker that counts the rows it is given: of the outbox, those that the stream's lane left behind. */
export function countedWaker<Row extends DueRow>(waker: Waker<Row>, name: CounterName, counters: Counters): Waker<Row> {
  return async (rows) => {
    await counters.count(name, rows.length);
    await waker(rows);
  };
}
