/**
 * A published message: a CloudEvents 1.0 envelope in JSON, with the usual extensions for partitioning, correlation and
 * tracing. It carries ids and figures, and never an address, a phone number or a text. A consumer that needs those reads
 * them from the row that the message names.
 */
export type Envelope<Data = unknown> = {
  specversion: '1.0';
  /** Deterministic: the same outbox row and position give the same id in every publication. */
  id: string;
  source: string;
  /** Reverse-DNS-like name with its version, `<product>.<subject>.<event>.v1`. */
  type: string;
  /** `<subject type>/<subject id>`: what the message is about. */
  subject: string;
  /** When the change was committed, ISO 8601 in UTC. */
  time: string;
  datacontenttype: 'application/json';
  tenantid: string;
  /** The same on everything that one request causes. */
  correlationid: string;
  /** Id of the direct cause: a command's id, or the id of the message that was handled. */
  causationid: string;
  /** `<version>.<position>`: orders the messages of one subject. */
  sequence: string;
  /** W3C trace context. It is committed only if it does not follow from the other attributes. */
  traceparent?: string;
  /**
   * Only of a message that an operator has edited: the id of the message that it replaces. A subscriber handles one of
   * the two.
   */
  editedfrom?: string;
  data: Data;
};

/**
 * The id under which a subscriber handles a message, once. A message that was edited has the one of the message that it
 * replaces, so whichever of them is handled first, the other one is recognised as its repetition.
 */
export const handledIdOf = ({ id, editedfrom = id }: Pick<Envelope, 'id' | 'editedfrom'>): string => editedfrom;

/** The attributes of all envelopes, defined by CloudEvents or by us. Subscribers filter on the other attributes. */
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
  'editedfrom',
  'data',
] satisfies (keyof Envelope)[];

/** A message before the executor adds its id, time and sequence. */
export type NewMessage = {
  type: string;
  /** Ids and figures only. */
  data: Record<string, unknown>;
  /**
   * What subscribers filter on, besides the type. These become extension attributes of the envelope and attributes of
   * the published message. CloudEvents requires names of lower-case letters and digits. Never a destination or content.
   */
  attributes?: Readonly<Record<string, string>>;
};
