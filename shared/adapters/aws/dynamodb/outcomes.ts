import {
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { StateKey } from '#shared/messaging/identity.ts';
import { OUTCOMES, withEvents } from '#shared/notification/outcomes.ts';
import type { OutcomeStore } from '#shared/notification/ports.ts';
import type { RecipientEvent } from '#shared/recipient/recipient-event.ts';
import { storeFailure } from './failures.ts';
import { outcomeAttribute, recipientEventsOf, toItem } from './items.ts';
import { outcomesItemKey } from './keys.ts';
import type { Table } from './table.ts';

/**
 * One event of a provider takes one write. The write sets an attribute for each recipient, on the condition that the
 * event is new for all of them. If the condition fails, the error returns the row, and another write sets only the
 * attributes that are new. So a second write is needed only if an event names several recipients and is already known
 * for some of them.
 */
export function outcomeStore({ client, tableName: TableName }: Table): OutcomeStore {
  return {
    async recordOutcomes(key, events) {
      let newEvents = withEvents([], events);
      while (true) {
        try {
          const { Attributes } = await client.send(
            new UpdateItemCommand({ TableName, ...additionOf(key, newEvents), ReturnValues: 'ALL_OLD' }),
          );
          // For a row that did not exist, an engine may return only the key.
          const before = recipientEventsOf(Attributes?.type && Attributes);
          return { before, after: withEvents(before, newEvents) };
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException)) return storeFailure(error);
          const known = recipientEventsOf(error.Item);
          newEvents = newEventsFor(known, newEvents);
          if (newEvents.length === 0) return { before: known, after: known };
        }
      }
    },

    async readOutcomes(key) {
      const { Item } = await client
        .send(new GetItemCommand({ TableName, Key: toItem(outcomesItemKey(key)), ConsistentRead: true }))
        .catch(storeFailure);
      return recipientEventsOf(Item);
    },
  };
}

function additionOf(
  key: StateKey,
  events: readonly RecipientEvent[],
): Omit<UpdateItemCommandInput, 'TableName' | 'ReturnValues'> {
  const attributes = events.map(outcomeAttribute);
  const sets = attributes.map((_, index) => `#event${index} = :event${index}`);
  const isNewEvent = attributes.map(
    (_, index) => `(attribute_not_exists(#event${index}) OR #event${index} > :event${index})`,
  );
  return {
    Key: toItem(outcomesItemKey(key)),
    UpdateExpression: `SET #type = :type, schemaVersion = if_not_exists(schemaVersion, :written), ${sets.join(', ')}`,
    ConditionExpression: [...isNewEvent, '(attribute_not_exists(schemaVersion) OR schemaVersion <= :readable)'].join(
      ' AND ',
    ),
    ExpressionAttributeNames: {
      '#type': 'type',
      ...Object.fromEntries(attributes.map(({ name }, index) => [`#event${index}`, name])),
    },
    ExpressionAttributeValues: toItem({
      ':type': OUTCOMES.name,
      ':written': OUTCOMES.written,
      ':readable': OUTCOMES.readable,
      ...Object.fromEntries(attributes.map(({ value }, index) => [`:event${index}`, value])),
    }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
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
