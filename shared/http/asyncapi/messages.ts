import type * as v from 'valibot';

/** What the AsyncAPI document says about a message. The type of its data is derived from the same schema. */
export type MessageDescription = {
  /** What happened, in one sentence. */
  summary: string;
  data: v.GenericSchema;
  /** Attributes of the envelope that only some messages have. Subscribers filter on them. */
  attributes?: Readonly<Record<string, v.GenericSchema>>;
};

/** A message that a concept publishes. */
export type DescribedMessage = MessageDescription & {
  /** The `type` of its envelope. */
  type: string;
  /** The event that it announces. */
  name: string;
};

/** The data of each message, by the name of its event. */
export type DataOf<Descriptions extends Readonly<Record<string, MessageDescription>>> = {
  [Name in keyof Descriptions]: v.InferOutput<Descriptions[Name]['data']>;
};

/**
 * The messages of a concept. An event without a description does not compile.
 * @param names of the events, by the type of their messages.
 */
export function describedMessages<Name extends string>(
  names: Readonly<Record<string, Name>>,
  descriptions: Readonly<Record<Name, MessageDescription>>,
): DescribedMessage[] {
  return Object.entries(names).map(([type, name]) => ({ type, name, ...descriptions[name] }));
}
