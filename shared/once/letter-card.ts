import type { Envelope } from '#shared/messaging/envelope.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage, parseEnvelope } from '#shared/messaging/parse.ts';
import { DEAD_LETTER, type DeadLetterRecord } from './dead-letter.ts';

/** An envelope without the attributes that decide nothing about a redrive. Long data is left out. */
export type ShortEnvelope = Pick<Envelope, 'id' | 'type' | 'tenantid' | 'subject' | 'editedfrom'> & {
  data?: unknown;
};

/**
 * What a planning needs of a dead letter, besides its id and its group. The index of due rows contains it, so one call
 * reads thousands of cards, and no row is read. A dead letter without a card is planned from its row.
 */
export type LetterCard = { generation: number; envelope: ShortEnvelope };

/** Of ids. Each byte is in the row and in the index, and is read at each planning. */
const MOST_BYTES_OF_DATA = 200;

/** A list is shorter than an object with names. The first two fields say whether the card is about the row as it is. */
type Fields = [
  schemaVersion: number,
  openedAt: number,
  generation: number,
  ...envelope: [id: string, type: string, tenantid: string, subject: string, data?: unknown],
];

/**
 * The text of a dead letter's card; empty: it has none. Only an envelope of ours has a card. So what is wrong with a
 * message is said by the release that plans, from the whole message, and not by the release that failed. An edited
 * message has none either: it is rare, and what it was edited from would be another field of every card.
 */
export function cardTextOf({ generation, openedAt, message }: DeadLetterRecord): string {
  const envelope = message === undefined ? undefined : envelopeIn(message);
  if (!envelope || envelope.editedfrom !== undefined) return '';
  const { id, type, tenantid, subject, data } = envelope;
  const fields: Fields = [DEAD_LETTER.written, Date.parse(openedAt), generation, id, type, tenantid, subject];
  return JSON.stringify(isShort(data) ? [...fields, data] : fields);
}

const isShort = (data: unknown): boolean =>
  data !== undefined && Buffer.byteLength(JSON.stringify(data)) <= MOST_BYTES_OF_DATA;

/**
 * The card with this text. @param openedAt the place of the dead letter in its list. undefined: the row has to be read,
 * because there is no card, or another release changed the row without its card.
 */
export function cardIn(text: string, openedAt: number): LetterCard | undefined {
  if (text === '') return undefined;
  const fields: Fields = JSON.parse(text);
  const [schemaVersion, writtenFor, generation, id, type, tenantid, subject, data] = fields;
  if (schemaVersion !== DEAD_LETTER.written || writtenFor !== openedAt) return undefined;
  return { generation, envelope: { id, type, tenantid, subject, ...(data !== undefined && { data }) } };
}

function envelopeIn(message: string): Envelope | undefined {
  try {
    return parseEnvelope(message);
  } catch (error) {
    if (error instanceof PoisonMessage || error instanceof NewerVersion) return undefined;
    throw error;
  }
}
