import { useEffect, useState } from 'preact/hooks';
import { type Changes, NO_CHANGES } from '#console/base/changes.ts';
import type { Configuration } from '#console/base/configuration.ts';
import { claimsOf, type Session } from '#console/base/session.ts';
import { openChanges } from './changes.ts';

/** The changes of the session's tenant. */
export function useLive({ live }: Configuration, session: Session): Changes {
  const [changes, setChanges] = useState(NO_CHANGES);
  useEffect(() => {
    const tenant = live && claimsOf(session.token)[live.tenantClaim];
    if (!live || typeof tenant !== 'string') return;
    const opened = openChanges({ ...live, token: () => session.token, channel: `/tenants/${segmentOf(tenant)}/hints` });
    setChanges(opened.changes);
    return opened.end;
  }, [live, session]);
  return changes;
}

/** A tenant as a part of a channel, which contains no `_`. */
const segmentOf = (tenant: string): string => tenant.replaceAll('-', '-d').replaceAll('_', '-u');
