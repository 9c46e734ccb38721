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
 */
export function usePolling(read: (signal: AbortSignal) => Promise<boolean>, key: string): void {
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => {
    const ended = new AbortController();
    void poll((signal) => latest.current(signal), ended.signal);
    return () => ended.abort();
  }, [key]);
}

async function poll(read: (signal: AbortSignal) => Promise<boolean>, signal: AbortSignal): Promise<void> {
  let pauseMs = INTERVAL_MS;
  while (!signal.aborted) {
    const succeeded = await read(signal);
    pauseMs = succeeded ? INTERVAL_MS : Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
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
