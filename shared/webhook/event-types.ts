import type { Fault } from '#shared/messaging/failure.ts';
import type { EndpointFields } from './settings.ts';

type Subscribing = readonly Pick<EndpointFields, 'endpointId' | 'eventTypes'>[];

/** More faults are not listed, so that neither the answer nor the search for similar types grows with the request. */
const MOST_FAULTS = 100;

/**
 * The subscriptions to types that nothing publishes. A type that the endpoint has already is accepted: a later release,
 * or a domain that was removed, may have published it.
 * @param known the types of all events. @param stored the present endpoints.
 */
export function unknownTypes(endpoints: Subscribing, stored: Subscribing, known: readonly string[]): Fault[] {
  const before = new Map(stored.map(({ endpointId, eventTypes }) => [endpointId, eventTypes]));
  const unknown = endpoints.flatMap(({ endpointId, eventTypes }, endpoint) =>
    eventTypes.flatMap((type, index) =>
      known.includes(type) || before.get(endpointId)?.includes(type)
        ? []
        : [{ path: `/endpoints/${endpoint}/eventTypes/${index}`, type }],
    ),
  );
  return unknown.slice(0, MOST_FAULTS).map(({ path, type }) => ({
    path,
    code: 'EVENT_TYPE_UNKNOWN',
    message: `No message of this type is published. The nearest type is ${nearest(type, known)}.`,
    next: 'Give the type of a message in GET /asyncapi.json, or in the description of a business domain.',
  }));
}

const nearest = (type: string, known: readonly string[]): string | undefined =>
  known.map((one) => ({ one, edits: editsBetween(type, one) })).sort((left, right) => left.edits - right.edits)[0]?.one;

/** How many characters have to be inserted, removed or replaced (Levenshtein's distance). */
function editsBetween(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 0; row < one.length; row += 1) {
    const edits = [row + 1];
    for (let column = 0; column < other.length; column += 1) {
      const replaced = (above[column] ?? 0) + (one[row] === other[column] ? 0 : 1);
      edits.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (edits[column] ?? 0) + 1));
    }
    above = edits;
  }
  return above.at(-1) ?? 0;
}
