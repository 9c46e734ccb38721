/** Milliseconds since the epoch. */
export type Clock = { now(): number };

/** Waits. In a simulation, it lets other tasks run. */
export type Timer = { sleep(durationMs: number): Promise<void> };

export type Randomness = {
  /** A fresh unguessable id of `A-Z a-z 0-9 -`. */
  nonce(): string;
  /** At least 0, less than 1. */
  fraction(): number;
};

/** Structured log lines. They never contain an address, a telephone number, a name or content. */
export type Log = {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
};
