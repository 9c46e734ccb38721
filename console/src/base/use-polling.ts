import { useEffect, useRef } from 'preact/hooks';

/** The pause between two reads. */
const INTERVAL_MS = 2000;
/** After failed reads, the pause doubles up to this one. */
const LONGEST_PAUSE_MS = 15_000;

/**
 * Reads at once, then again and again. A hidden page does not read, and reads at once when it is shown again. A read
 * begins only after the previous one has ended.
 * @param read resolves with whether it succeeded. The signal ends with the component, or when `key` changes.
 * @param key what is read. A change begins again at once.
 * @param intervalMs the pause between two reads, for a page that follows something fast.
 */
export function usePolling(
  read: (signal: AbortSignal) => Promise<boolean>,
  key: string,
  intervalMs = INTERVAL_MS,
): void {
  const latest = useRef({ read, intervalMs });
  latest.current = { read, intervalMs };
  useEffect(() => {
    const ended = new AbortController();
    void poll(() => latest.current, ended.signal);
    return () => ended.abort();
  }, [key]);
}

type Latest = { read: (signal: AbortSignal) => Promise<boolean>; intervalMs: number };

async function poll(latest: () => Latest, signal: AbortSignal): Promise<void> {
  let pauseMs = INTERVAL_MS;
  while (!signal.aborted) {
    const succeeded = await latest().read(signal);
    pauseMs = succeeded ? latest().intervalMs : Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    await pause(pauseMs, signal);
  }
}

/** Ends after the time, but not while the page is hidden. Ends at once when the page comes back or goes online. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => !document.hidden && end(), ms);
    const wake = (): void => void (document.hidden || end());
    const end = (): void => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', wake);
      removeEventListener('online', wake);
      signal.removeEventListener('abort', end);
      resolve();
    };
    document.addEventListener('visibilitychange', wake);
    addEventListener('online', wake);
    signal.addEventListener('abort', end);
  });
}
