import type { Fault } from '#shared/messaging/failure.ts';
import type { EndpointFields } from './settings.ts';

type Subscribing = readonly Pick<EndpointFields, 'endpointId' | 'eventTypes'>[];

/**
 * The subscriptions to types that nothing publishes. A type that the endpoint has already is accepted: a later release,
 * or a domain that was removed, may have published it.
 * @param known the types of all events. @param stored the present endpoints.
 */
export function unknownTypes(endpoints: Subscribing, stored: Subscribing, known: readonly string[]): Fault[] {
  const before = new Map(stored.map(({ endpointId, eventTypes }) => [endpointId, eventTypes]));
  return endpoints.flatMap(({ endpointId, eventTypes }, endpoint) =>
    eventTypes.flatMap((type, index) =>
      known.includes(type) || before.get(endpointId)?.includes(type)
        ? []
        : [{ path: `/endpoints/${endpoint}/eventTypes/${index}`, ...unknownType(type, known) }],
    ),
  );
}

const unknownType = (type: string, known: readonly string[]) => ({
  code: 'EVENT_TYPE_UNKNOWN',
  message: `No message of this type is published. The nearest type is ${nearest(type, known)}.`,
  next: 'Give the type of a message in GET /asyncapi.json, or in the description of a business domain.',
});

const nearest = (type: string, known: readonly string[]): string | undefined =>
  known.map((one) => ({ one, edits: editsBetween(type, one) })).sort((left, right) => left.edits - right.edits)[0]?.one;

/** How many characters have to be inserted, removed or replaced (Levenshtein's distance). */
function editsBetween(one: string, other: string): number {
  const start = Array.from({ length: other.length + 1 }, (_, index) => index);
  const last = [...one].reduce((above, character, row) => {
    const edits = [row + 1];
    for (const [column, candidate] of [...other].entries()) {
      const replaced = (above[column] ?? 0) + (character === candidate ? 0 : 1);
      edits.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (edits[column] ?? 0) + 1));
    }
    return edits;
  }, start);
  return last.at(-1) ?? 0;
}
