import type { Clock } from '#shared/messaging/system.ts';

/** `readAt`: epoch milliseconds before the read began. A change during the read may be missing in the value. */
export type Cached<Value> = { value: Value; readAt: number };

export type ReadThroughCache<Value> = {
  /**
   * The value of a key, read again if the last read began `maximumAgeMs` ago or earlier. Callers that ask at the same
   * time share one read. @throws the error of the read, which is not cached
   */
  get(key: string, read: () => Promise<Value>): Promise<Cached<Value>>;
  /** Whether a value that was read at this time may still be used. */
  isFresh(readAt: number): boolean;
};

export type CacheLimits = {
  /** Infinity for values that never change. */
  maximumAgeMs: number;
  /** When the cache is full, the value that was read first makes room. */
  maximumEntries: number;
  clock: Clock;
};

/**
 * Values that one environment of a function has read, so that it does not read them for every message. Their age is
 * computed from the clock whenever one is used. A timer would stop while Lambda freezes the environment.
 */
export function readThroughCache<Value>(limits: CacheLimits): ReadThroughCache<Value> {
  const { maximumAgeMs, maximumEntries, clock } = limits;
  const entries = new Map<string, Cached<Promise<Value>>>();
  // A clock that was set back must not keep old values.
  const isFresh = (readAt: number): boolean => Math.abs(clock.now() - readAt) < maximumAgeMs;
  const begin = (key: string, read: () => Promise<Value>): Cached<Promise<Value>> => {
    // The entries stay in the order of their reads, so the first one is the oldest.
    entries.delete(key);
    const [oldest] = entries.keys();
    if (oldest !== undefined && entries.size >= maximumEntries) entries.delete(oldest);
    const entry = { readAt: clock.now(), value: read() };
    entries.set(key, entry);
    return entry;
  };
  return {
    isFresh,
    async get(key, read) {
      const known = entries.get(key);
      const entry = known && isFresh(known.readAt) ? known : begin(key, read);
      try {
        return { value: await entry.value, readAt: entry.readAt };
      } catch (error) {
        if (entries.get(key) === entry) entries.delete(key);
        throw error;
      }
    },
  };
}
