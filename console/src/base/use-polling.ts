import { useEffect, useRef } from 'preact/hooks';
import { type Change, type Changes, useChanges } from './changes.ts';

/** The pause between two reads while changes are not announced. */
const INTERVAL_MS = 2000;
/** The pause while all changes are announced, because an announcement may be lost. */
const LIVE_INTERVAL_MS = 30_000;
/** The shortest pause before a read because of a change. It collects the changes that come together. */
const SHORTEST_PAUSE_MS = 300;
/** After failed reads, the pause doubles up to this one. */
const LONGEST_PAUSE_MS = 15_000;

type Read = (signal: AbortSignal) => Promise<boolean>;

type Options = {
  /** The pause between two reads, for a page that follows something fast, or something that is not announced. */
  intervalMs?: number | undefined;
  /**
   * Whether a change may be visible in what is read. All changes of what is read must be announced. Default: every change
   * may be visible, and others may not be announced.
   */
  concerns?: (change: Change) => boolean;
};

/**
 * Reads at once, then after each announced change that concerns it, and again and again: every 30 seconds while all changes
 * of what is read are announced, otherwise every two. A hidden page does not read, and reads at once when it is shown again. A read begins
 * only after the previous one has ended.
 * @param read resolves with whether it succeeded. The signal ends with the component, or when `key` changes.
 * @param key what is read. A change begins again at once.
 * @param options what differs for this page.
 */
export function usePolling(read: Read, key: string, options: Options = {}): void {
  const latest = useRef({ read, options });
  latest.current = { read, options };
  const changes = useChanges();
  useEffect(() => {
    const ended = new AbortController();
    const news = newsOf(changes, (change) => latest.current.options.concerns?.(change) ?? true, ended.signal);
    void poll(() => latest.current, news, ended.signal);
    return () => ended.abort();
  }, [key, changes]);
}

type Latest = { read: Read; options: Options };

async function poll(latest: () => Latest, news: News, signal: AbortSignal): Promise<void> {
  let pauseMs = INTERVAL_MS;
  while (!signal.aborted) {
    const wasAnnounced = news.take();
    const succeeded = await latest().read(signal);
    // What was announced a moment ago may be missing in a list, so one more read follows soon.
    const { concerns, intervalMs = concerns && news.isLive() && !wasAnnounced ? LIVE_INTERVAL_MS : INTERVAL_MS } =
      latest().options;
    pauseMs = succeeded ? intervalMs : Math.min(LONGEST_PAUSE_MS, Math.max(INTERVAL_MS, pauseMs) * 2);
    await pause(SHORTEST_PAUSE_MS, signal, () => undefined);
    await pause(pauseMs - SHORTEST_PAUSE_MS, signal, news.whenAnnounced);
  }
}

/** The changes since the last read. */
type News = {
  isLive(): boolean;
  /** Whether there was a change. From now on, there is none. */
  take(): boolean;
  /** Calls back when there is a change, at once if there was one since `take`. */
  whenAnnounced(wake: () => void): void;
};

function newsOf(changes: Changes, concerns: (change: Change) => boolean, signal: AbortSignal): News {
  let isAnnounced = false;
  let wake: () => void = () => undefined;
  const stop = changes.listen((changed) => {
    if (changed && !changed.some(concerns)) return;
    isAnnounced = true;
    wake();
  });
  signal.addEventListener('abort', stop);
  return {
    isLive: changes.isLive,
    take: () => {
      const was = isAnnounced;
      isAnnounced = false;
      return was;
    },
    whenAnnounced: (waking) => {
      wake = waking;
      if (isAnnounced) waking();
    },
  };
}

/**
 * Ends after the time, but not while the page is hidden. Ends at once when the page comes back or goes online, or when
 * `early` calls back.
 */
function pause(ms: number, signal: AbortSignal, early: (wake: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => void (document.hidden || end());
    const timer = setTimeout(wake, ms);
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
    early(wake);
  });
}
