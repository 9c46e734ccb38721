/**
 * A message as it travels: a CloudEvents 1.0 envelope in JSON, with the partitioning, correlation
 * and tracing extensions that the field uses. It carries ids and figures, never an address, a
 * number or content: whoever needs those reads them from the row that the message names.
 */
export type Envelope<Data = unknown> = {
  specversion: '1.0';
  /** Deterministic: the same outbox row and position give the same id, however often it is published. */
  id: string;
  source: string;
  /** Reverse-DNS-like name with its version, e.g. `counterfoil.order.placed.v1`. */
  type: string;
  /** `<subject type>/<subject id>`: what the message is about. */
  subject: string;
  /** When the change was committed, ISO 8601 in UTC. */
  time: string;
  datacontenttype: 'application/json';
  tenantid: string;
  /** The same on everything that one request set off. */
  correlationid: string;
  /** Id of what directly caused this: a command's id, or the id of the message that was handled. */
  causationid: string;
  /** `<version>.<position>`: orders the messages of one subject. */
  sequence: string;
  traceparent?: string;
  data: Data;
};

/** The attributes of the envelope that are ours or CloudEvents'. All others are a message's own: subscribers filter on them. */
export const ENVELOPE_ATTRIBUTES: readonly string[] = [
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'tenantid',
  'correlationid',
  'causationid',
  'sequence',
  'traceparent',
  'data',
] satisfies (keyof Envelope)[];

/** A message before the executor gives it its id, time and place in the sequence. */
export type NewMessage = {
  type: string;
  /** Ids and figures only. */
  data: Record<string, unknown>;
  /**
   * What subscribers filter on, besides the type: extension attributes of the envelope, and attributes of the published
   * message. Names are lower-case letters and digits, as CloudEvents asks for. Never a destination, never content.
   */
  attributes?: Readonly<Record<string, string>>;
};
