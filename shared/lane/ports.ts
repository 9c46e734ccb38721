/** `changing`: AWS is enabling or disabling it. */
export type MappingState = 'enabled' | 'disabled' | 'changing';

/** A subscriber of the stack: its queue, and its event source mapping. */
export type WatchedSubscriber = {
  /** The name of the function. */
  name: string;
  /** Its name in dead letters. */
  subscriberId: string;
  retentionSeconds: number;
};

/** The event source mappings of subscribers. */
export type SubscriberMappings = {
  /** @param name of the function. */
  stateOf(name: string): Promise<MappingState>;
  /** Asks AWS to change it. AWS changes it later: ask for its state. It does nothing while AWS is changing it. */
  turn(name: string, to: 'enabled' | 'disabled'): Promise<void>;
};

export type QueueFigures = { waiting: number; inFlight: number; delayed: number };

export type SubscriberQueues = {
  /** @param name of the function. */
  figuresOf(name: string): Promise<QueueFigures>;
};

export type KindGauge = {
  /** At most a bounded number of rows of each kind is counted, so it takes the same time for any number. */
  cappedGaugeOf(kind: string): Promise<{ count: number; isCapped: boolean; oldestDueAt?: number }>;
  /** How many notifications of a kind each channel has. At most a hundred rows are read, the oldest. */
  channelsOf(kind: string): Promise<Readonly<Record<string, number>>>;
};
