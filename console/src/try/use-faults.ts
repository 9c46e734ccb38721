import { useRef, useState } from 'preact/hooks';
import { usePolling } from '#console/base/use-polling.ts';
import { type Faults, readFaults, switchFault } from './calls.ts';

/** The faults that are on, read again and again: they end by themselves, and another tab may switch them. */
export function useFaults(hasFaults: boolean) {
  const [faults, setFaults] = useState<Faults>();
  const [hasFailed, setFailed] = useState(false);
  const changes = useRef(0);
  const read = async (signal: AbortSignal): Promise<boolean> => {
    if (!hasFaults) return true;
    const turn = changes.current;
    const now = await readFaults(signal);
    // A change that began later knows better.
    if (now && !signal.aborted && turn === changes.current) setFaults(now);
    return now !== undefined;
  };
  usePolling(read, 'faults', { intervalMs: 1000 });
  const choose = async (fault: string | undefined): Promise<void> => {
    changes.current += 1;
    const now = await switchFault(fault);
    setFailed(now === undefined);
    if (now) setFaults(now);
  };
  return { faults, hasFailed, choose };
}
