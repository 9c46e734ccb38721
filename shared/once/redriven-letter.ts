import type { SQSRecord } from 'aws-lambda';
import { type DeadLetterAction, type DeadLetterRecord, withAction } from './dead-letter.ts';

/** SQS message attribute of a redriven message: `<deadLetterId>#<generation>`. */
export const REDRIVE_ATTRIBUTE = 'redrive';

/** Which dead letter a redriven message belongs to. The message carries it as text, in an SQS message attribute. */
export type RedrivenLetter = { deadLetterId: string; generation: number };

export const redriveAttribute = ({ deadLetterId, generation }: RedrivenLetter): string =>
  `${deadLetterId}#${generation}`;

/** @returns undefined: the message was not redriven. */
export function redrivenLetterOf({
  messageAttributes,
}: Pick<SQSRecord, 'messageAttributes'>): RedrivenLetter | undefined {
  const attribute = messageAttributes?.[REDRIVE_ATTRIBUTE]?.stringValue;
  const [, deadLetterId, generation] = /^([a-z2-7]{26})#([1-9]\d{0,8})$/.exec(attribute ?? '') ?? [];
  return deadLetterId === undefined ? undefined : { deadLetterId, generation: Number(generation) };
}

/** A change of a dead letter. undefined: it does not change, because it is not as the change requires. */
export type LetterChange = (before: DeadLetterRecord | undefined) => DeadLetterRecord | undefined;

/** What a redrive says about one of its dead letters. */
export type RedriveMark = {
  /** The dead letter changes only in this generation. A new failure has another one. */
  generation: number;
  redriveId: string;
  actor: string;
  /** ISO 8601. */
  at: string;
};

/** After this time, a mark is written again before its message is sent: the wait for a result is counted from it. */
const MARK_FRESH_MS = 5000;

/** Before its message is sent: an open dead letter belongs to this redrive. */
export const marked =
  (mark: RedriveMark): LetterChange =>
  (before) => {
    if (before?.generation !== mark.generation) return undefined;
    const { at, actor, redriveId } = mark;
    const isOld =
      isMarked(before, mark) && Date.parse(before.history.at(-1)?.at ?? at) + MARK_FRESH_MS <= Date.parse(at);
    if (before.status !== 'open' && !isOld) return undefined;
    return changed({ ...before, redriveId }, 'redriving', { action: 'redrive', at, actor, redriveId });
  };

/** Whether the dead letter belongs to this redrive: the mark was written, now or earlier. */
export const isMarked = (
  letter: DeadLetterRecord | undefined,
  { generation, redriveId }: Pick<RedriveMark, 'generation' | 'redriveId'>,
): boolean => letter?.status === 'redriving' && letter.generation === generation && letter.redriveId === redriveId;

/** The message of a marked dead letter is not sent: it is open again, in the same generation. */
export const unmarked =
  (mark: RedriveMark, reason: string): LetterChange =>
  (before) => {
    if (!before || !isMarked(before, mark)) return undefined;
    const { at, actor, redriveId } = mark;
    return changed(before, 'open', { action: 'reopen', at, actor, reason, redriveId });
  };

/**
 * The dead letter stays open, with a new version. So a mark that was sent earlier, and arrives only now, is refused: it has
 * read the version before.
 */
export const keptOpen =
  (generation: number): LetterChange =>
  (before) =>
    before?.status === 'open' && before.generation === generation ? before : undefined;

/**
 * The redriven message was handled. A dead letter that was opened again in the same generation is resolved, too: its
 * redrive was stopped after the message was sent.
 */
export const resolved =
  (generation: number, at: string): LetterChange =>
  (before) => {
    if (before?.generation !== generation) return undefined;
    const { status, redriveId } = before;
    if (status !== 'redriving' && status !== 'open') return undefined;
    return changed(before, 'resolved', {
      ...{ action: 'resolve', at, actor: 'system' },
      ...(redriveId !== undefined && { redriveId }),
    });
  };

/** Only a dead letter that is being redriven names its redrive. The history keeps the name. */
function changed(
  { redriveId, ...letter }: DeadLetterRecord,
  status: DeadLetterRecord['status'],
  action: DeadLetterAction,
): DeadLetterRecord {
  const history = withAction(letter.history, action);
  return { ...letter, status, history, ...(status === 'redriving' && redriveId !== undefined && { redriveId }) };
}
