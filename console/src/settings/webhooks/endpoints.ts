import type { Fault } from '#console/base/failure.ts';
import type { EndpointView } from '#shared/webhook/responses.ts';

/** What a person changes of an endpoint. */
export type EndpointFields = Pick<EndpointView, 'endpointId' | 'url' | 'eventTypes' | 'enabled'> & {
  description: string;
};

/** An endpoint in the form. `base` is what the person has read. Absent: the endpoint is new. */
export type EndpointDraft = { base?: EndpointFields; mine: EndpointFields };

/** The key of the draft of an endpoint that does not exist yet. No `endpointId` has this form. */
export const NEW = '+';

export const EMPTY: EndpointDraft = {
  mine: { endpointId: '', url: '', eventTypes: [], enabled: true, description: '' },
};

export const fieldsOf = ({ endpointId, url, eventTypes, enabled, description = '' }: EndpointView): EndpointFields => ({
  endpointId,
  url,
  eventTypes,
  enabled,
  description,
});

/** An endpoint in the body of `PUT /settings/webhooks`. */
export const endpointBody = ({ description, ...endpoint }: EndpointFields): object => ({
  ...endpoint,
  ...(description && { description }),
});

/** The list with one endpoint changed or added. The others are as the stage has them. */
export function withEndpoint(list: readonly EndpointView[], { base, mine }: EndpointDraft): EndpointFields[] {
  const all = list.map(fieldsOf);
  // A new endpoint with the name of another one is refused, and does not replace it.
  return base && all.some(({ endpointId }) => endpointId === base.endpointId)
    ? all.map((one) => (one.endpointId === base.endpointId ? mine : one))
    : [...all, mine];
}

/** The fields that a person may change, in the order of the form. */
const FIELD_NAMES = ['url', 'description', 'enabled', 'eventTypes'] as const;
export type FieldName = (typeof FIELD_NAMES)[number];

/** The fields that differ. */
export const changesBetween = (one: EndpointFields, other: EndpointFields): FieldName[] =>
  FIELD_NAMES.filter((name) => canonical(one[name]) !== canonical(other[name]));

/** The order of the types is no difference. */
const canonical = (value: EndpointFields[FieldName]): string =>
  JSON.stringify(Array.isArray(value) ? value.toSorted() : value);

/** What another person has changed since the draft was begun. If both want the same, there is nothing to decide. */
export const overtakenBy = ({ base, mine }: EndpointDraft, theirs: EndpointFields): FieldName[] =>
  base && changesBetween(mine, theirs).length > 0 ? changesBetween(base, theirs) : [];

/** The draft continued from what the other person has saved. Where both have changed a field, mine counts. */
export function merged({ base, mine }: EndpointDraft, theirs: EndpointFields): EndpointDraft {
  const own = base ? changesBetween(base, mine) : [];
  return { base: theirs, mine: { ...theirs, ...Object.fromEntries(own.map((name) => [name, mine[name]])) } };
}

/**
 * The faults of a refused list at the fields of one endpoint: `/endpoints/2/url` is `/billing/url`. A fault of the list as
 * a whole belongs to the endpoint that was changed.
 */
export const faultsOf = (faults: readonly Fault[], index: number, key: string): Fault[] =>
  faults.flatMap((fault) => {
    const [, list, at, ...field] = fault.path.split('/');
    if (list !== 'endpoints' || (at !== undefined && at !== String(index))) return [];
    return [{ ...fault, path: ['', key, ...field].join('/') }];
  });

/** A type of event that endpoints can subscribe to, as the stage describes it. */
export type EventType = { type: string; summary: string };

/**
 * The types in the AsyncAPI document of the stage that are published and posted. A document of another form has none, and a
 * person can still type one.
 */
export function eventTypesIn(document: unknown): EventType[] {
  const posted = Object.keys(objectAt(document, 'channels', 'webhooks', 'messages'));
  const published = objectAt(document, 'channels', 'events', 'messages');
  return posted
    .filter((name) => Object.hasOwn(published, name))
    .flatMap((name) => {
      const message = objectAt(document, 'components', 'messages', name);
      const [type, summary] = [Reflect.get(message, 'name'), Reflect.get(message, 'summary')];
      return typeof type === 'string' ? [{ type, summary: typeof summary === 'string' ? summary : '' }] : [];
    });
}

function objectAt(value: unknown, ...path: readonly string[]): object {
  if (typeof value !== 'object' || value === null) return {};
  const [name, ...rest] = path;
  return name === undefined ? value : objectAt(Reflect.get(value, name), ...rest);
}
