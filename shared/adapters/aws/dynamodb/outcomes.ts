import type { StateKey } from '#shared/messaging/identity.ts';
import { OUTCOMES, withEvents } from '#shared/notification/outcomes.ts';
import type { OutcomeStore } from '#shared/notification/ports.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import { outcomeAttribute, recipientEventsOf, toItem } from './items.ts';
import { outcomesItemKey } from './keys.ts';
import { CONDITION, readItem, type Table, typed, update } from './table.ts';

/**
 * One event of a provider takes one write. The write sets an attribute for each recipient, on the condition that the
 * event is new for all of them. If the condition fails, the error returns the row, and another write sets only the
 * attributes that are new. So a second write is needed only if an event names several recipients and is already known
 * for some of them.
 */
export function outcomeStore(table: Table): OutcomeStore {
  return {
    async recordOutcomes(key, events) {
      let newEvents = withEvents([], events);
      while (true) {
        const { item, refusal } = await update(table, additionOf(key, newEvents));
        // For a row that did not exist, an engine may return only the key.
        const before = recipientEventsOf(item?.type && item);
        if (!refusal) return { before, after: withEvents(before, newEvents) };
        newEvents = newEventsFor(before, newEvents);
        if (newEvents.length === 0) return { before, after: before };
      }
    },

    async readOutcomes(key) {
      return recipientEventsOf(await readItem(table, outcomesItemKey(key)));
    },
  };
}

function additionOf(key: StateKey, events: readonly RecipientEvent[]) {
  const attributes = events.map(outcomeAttribute);
  const sets = attributes.map((_, index) => `#event${index} = :event${index}`);
  const isNewEvent = attributes.map(
    (_, index) => `(attribute_not_exists(#event${index}) OR #event${index} > :event${index})`,
  );
  const values = attributes.map(({ value }, index) => [`:event${index}`, value]);
  const { ExpressionAttributeNames, ExpressionAttributeValues } = typed(OUTCOMES, Object.fromEntries(values));
  return {
    Key: toItem(outcomesItemKey(key)),
    UpdateExpression: `SET #type = :type, schemaVersion = if_not_exists(schemaVersion, :written), ${sets.join(', ')}`,
    ConditionExpression: [...isNewEvent, CONDITION.isReadable].join(' AND '),
    ExpressionAttributeNames: {
      ...ExpressionAttributeNames,
      ...Object.fromEntries(attributes.map(({ name }, index) => [`#event${index}`, name])),
    },
    ExpressionAttributeValues,
    ReturnValues: 'ALL_OLD' as const,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

/** The events that would change the known outcomes. */
function newEventsFor(known: readonly RecipientEvent[], events: readonly RecipientEvent[]): RecipientEvent[] {
  const values = new Map(known.map(outcomeAttribute).map(({ name, value }) => [name, value]));
  return events.filter((event) => {
    const { name, value } = outcomeAttribute(event);
    const current = values.get(name);
    return current === undefined || current > value;
  });
}
