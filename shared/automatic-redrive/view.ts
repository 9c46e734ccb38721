import type { AutomaticRedriveView } from '#shared/dead-letter/responses.ts';
import { type AutomaticRedrive, actorOf, redriveIdOf } from './automatic-redrive.ts';
import type { AutomaticRedriveList } from './ports.ts';

/** What is done automatically for the groups, by fingerprint. Incidents that have ended are not shown. */
export function shownAutomaticRedrives({ listAutomaticRedrives }: AutomaticRedriveList) {
  return async (): Promise<ReadonlyMap<string, AutomaticRedriveView>> => {
    const all = await listAutomaticRedrives();
    return new Map(
      all.flatMap((state): [string, AutomaticRedriveView][] => {
        const { status } = state;
        return status === 'ended' ? [] : [[state.fingerprint, viewOf(state, status)]];
      }),
    );
  };
}

function viewOf(state: AutomaticRedrive, status: AutomaticRedriveView['status']): AutomaticRedriveView {
  const { rounds, beganAt, since, because } = state;
  return {
    status,
    actor: actorOf(state),
    rounds,
    beganAt,
    since,
    ...(rounds > 0 && { redriveId: redriveIdOf(state) }),
    ...(because !== undefined && { because }),
  };
}
