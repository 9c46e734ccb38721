import type { StatusView } from '#shared/lane/responses.ts';
import type { ViewName } from '../views.ts';

/** A view and its parameters. */
export type Link = readonly [view: ViewName, parameters?: Readonly<Record<string, string>>];

/** Something that an operator should look at. `what` is the name of its text. */
export type Attention = {
  about: string;
  what: 'pausedBy' | 'stateIs' | 'circuitOpen' | 'deadCount' | 'channelStuck';
  values: Readonly<Record<string, string | number>>;
  /** Where it is shown. */
  link: Link;
};

/** What is stuck, subscriber by subscriber and channel by channel. */
export function attentionOf({ subscribers, channels }: StatusView): Attention[] {
  const ofSubscribers = subscribers.flatMap(({ subscriber, state, pause, dead, circuit }): Attention[] => {
    const link: Link = ['subscribers', { subscriber }];
    const about = subscriber;
    const isOff = pause === undefined && state === 'disabled';
    return [
      ...(pause ? [{ about, link, what: 'pausedBy', values: wordsOf(pause) } as const] : []),
      ...(isOff ? [{ about, link, what: 'stateIs', values: { state } } as const] : []),
      ...(circuit?.status === 'open'
        ? [{ about, link, what: 'circuitOpen', values: { because: circuit.because ?? '–' } } as const]
        : []),
      ...(dead.count > 0
        ? [
            {
              about,
              link: ['letters', { subscriber }],
              what: 'deadCount',
              values: { count: `${dead.isCapped ? '≥ ' : ''}${dead.count}` },
            } as const,
          ]
        : []),
    ];
  });
  const ofChannels = channels
    .filter(({ unknown, held }) => unknown + held > 0)
    .map(({ channel, unknown, held }): Attention => {
      const link: Link = ['waiting', { status: held > 0 ? 'HELD' : 'UNKNOWN' }];
      return { about: channel, link, what: 'channelStuck', values: { unknown, held } };
    });
  return [...ofSubscribers, ...ofChannels];
}

const wordsOf = ({ actor, reason = '–' }: { actor: string; reason?: string | undefined }) => ({ actor, reason });

/** Since when the oldest of each figure waits, if that is known. */
export function oldestOf({ subscribers, due }: StatusView) {
  const dueOf = (name: string): string | undefined => due.find(({ kind }) => kind === name)?.oldestDueAt;
  return {
    held: dueOf('held'),
    unknown: past(dueOf('unknown')),
    dead: earliest(subscribers.map(({ dead }) => dead.oldestAt)),
    paused: earliest(subscribers.map(({ pause }) => pause?.since)),
    waiting: earliest(subscribers.map(({ waiting, waitingSince }) => (waiting ? waitingSince : undefined))),
  };
}

/** A time that is not over is when the stage looks again, and not an age. */
const past = (at: string | undefined): string | undefined =>
  at !== undefined && Date.parse(at) <= Date.now() ? at : undefined;

/** Times of one form sort as texts. */
const earliest = (times: readonly (string | undefined)[]): string | undefined =>
  times.filter((at) => at !== undefined).sort()[0];
