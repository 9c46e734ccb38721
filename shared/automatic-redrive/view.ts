import type { AutomaticRedriveView } from '#shared/dead-letter/responses.ts';
import { type AutomaticRedrive, actorOf, redriveIdOf, usedRounds } from './automatic-redrive.ts';
import type { AutomaticRedriveList } from './ports.ts';

/** What is done automatically for the groups, by fingerprint. An incident that has ended is shown if it left dead letters. */
export function shownAutomaticRedrives({ listAutomaticRedrives }: AutomaticRedriveList) {
  return async (): Promise<ReadonlyMap<string, AutomaticRedriveView>> => {
    const all = await listAutomaticRedrives();
    return new Map(
      all.flatMap((state): [string, AutomaticRedriveView][] => {
        return state.status === 'ended' && !state.left ? [] : [[state.fingerprint, viewOf(state)]];
      }),
    );
  };
}

function viewOf(state: AutomaticRedrive): AutomaticRedriveView {
  const { status, left, beganAt, since, because } = state;
  return {
    status,
    actor: actorOf(state),
    rounds: usedRounds(state),
    beganAt,
    since,
    ...(state.rounds > 0 && { redriveId: redriveIdOf(state) }),
    ...(because !== undefined && { because }),
    ...(left && { left: left.reasons.map(({ reason, count }) => ({ reason, count })) }),
  };
}
