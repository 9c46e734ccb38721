import type { Guard } from './guard.ts';

/** Guards of redrives. */
export const REDRIVE_GUARDS: Guard[] = [
  {
    name: 'mark before send',
    against: 'a message that is sent while another redrive, or nothing, has its dead letter',
    edits: [
      {
        file: 'shared/redrive/page.ts',
        find: 'const outcome = refused ? await leave(seat, refused, about, ports) : await mark(seat, read, about, ports);',
        replace: 'const outcome = refused ? await leave(seat, refused, about, ports) : { letter: seat.letter };',
      },
    ],
    always: 'operators',
  },
  {
    name: 'generation of a resolve',
    against: 'a new failure that the success of an older message hides',
    edits: [
      {
        file: 'shared/once/redriven-letter.ts',
        find: 'if (before?.generation !== generation) return undefined;',
        replace: 'if (!before || generation < 0) return undefined;',
      },
    ],
    always: 'operators',
  },
  {
    name: 'lease of a redrive',
    against: 'two workers that send the same page',
    edits: [
      {
        file: 'shared/redrive/run.ts',
        find: 'if (dueAt <= clock.now() || progress.worker === worker) {',
        replace: "if (dueAt > 0 || progress.worker === '') {",
      },
    ],
    redrive: 500,
  },
  {
    name: 'reservation of a group',
    against: 'two people who redrive the same dead letters',
    edits: [
      {
        file: 'shared/redrive/reservations.ts',
        find: 'if (other && other.state.redriveId !== redriveId && isInProgress(other.state))',
        replace: "if (other && redriveId === '')",
      },
    ],
    always: 'operators',
  },
  {
    name: 'a subscriber resolves what it has handled',
    against: 'a dead letter that is redriven again and again',
    edits: [
      {
        file: 'shared/once/consume.ts',
        find: 'await resolveLetter(record, ports);',
        replace: 'if (record.body === undefined) await resolveLetter(record, ports);',
      },
    ],
    always: 'operators',
  },
  {
    name: 'the redrive attribute of a returned message',
    against: 'a redriven message that waits for the table, and whose dead letter is not resolved',
    edits: [
      {
        file: 'shared/once/return-to-queue.ts',
        find: '...(redrive !== undefined && { redrive }),',
        replace: '',
      },
    ],
    always: 'operators',
  },
  {
    name: 'the redrive attribute of an event that fails again',
    against: 'a second dead letter for an event whose text was scrubbed before it was sent again',
    edits: [
      {
        file: 'shared/once/consume.ts',
        find: '...(deadLetterId !== undefined && { deadLetterId }),',
        replace: '',
      },
    ],
    always: 'operators',
  },
  {
    name: 'evidence that is being redriven is missing',
    against: 'a resend while the event about the first attempt is on its way back to its subscriber',
    edits: [
      {
        file: 'shared/settlement/feed-watch.ts',
        find: 'const left = await deadLetters.unhandledDeadLetters(',
        replace:
          "const left = await (async (most: number, name: string, from: number) => (await deadLetters.unhandledDeadLetters(most, name, from)).filter(({ status }) => status === 'open'))(",
      },
    ],
    always: 'operators',
  },
];
