import type { DeadLetterRecord } from '#shared/once/dead-letter.ts';
import { isMarked } from '#shared/once/redriven-letter.ts';
import type { RedriveMember } from './members.ts';

/** How a member of a redrive stands, as its dead letter shows it. */
export type Standing =
  /** As it was when the set was frozen. `wasSent`: it was sent, and was opened again because nothing became of it. */
  | { kind: 'open'; wasSent: boolean }
  /** It belongs to the redrive. */
  | { kind: 'marked' }
  | { kind: 'resolved' }
  /** `because`: the reason of the new failure. */
  | { kind: 'failedAgain'; because: string }
  /** It is not what it was, and the redrive did not do that. */
  | { kind: 'changed'; because: string };

/**
 * Only the dead letter itself says what became of a member. So a worker that died after it had sent a page loses
 * nothing: the next one reads the same.
 */
export function standingOf(
  { generation }: Pick<RedriveMember, 'generation'>,
  letter: DeadLetterRecord | undefined,
  redriveId: string,
): Standing {
  if (!letter) return { kind: 'changed', because: 'DEAD_LETTER_NOT_FOUND' };
  if (isMarked(letter, { generation, redriveId })) return { kind: 'marked' };
  const last = letter.history.findLast((action) => action.redriveId === redriveId);
  if (last?.action === 'resolve') return { kind: 'resolved' };
  if (last?.action === 'reopen' && letter.generation > generation)
    return { kind: 'failedAgain', because: letter.reason };
  return withoutUs(letter, generation, last !== undefined);
}

function withoutUs(letter: DeadLetterRecord, generation: number, wasOurs: boolean): Standing {
  if (letter.generation !== generation) return { kind: 'changed', because: 'FAILED_SINCE' };
  switch (letter.status) {
    case 'open':
      return { kind: 'open', wasSent: wasOurs };
    case 'redriving':
      return { kind: 'changed', because: inAnotherRedrive(letter) };
    case 'resolved':
      // A late success of a message that this redrive had given up.
      return wasOurs ? { kind: 'resolved' } : { kind: 'changed', because: 'RESOLVED' };
    case 'discarded':
      return { kind: 'changed', because: 'DISCARDED' };
    default:
      return letter.status satisfies never;
  }
}

/** Which redrive has it, and whose redrive that is. The text is a word: members are stored in lines of words. */
function inAnotherRedrive({ redriveId = '', history }: DeadLetterRecord): string {
  const actor = history.findLast((action) => action.redriveId === redriveId)?.actor ?? '';
  return `IN_REDRIVE/${redriveId}/${encodeURIComponent(actor)}`;
}
