import { type Cloud, type CloudOptions, startCloud } from '#infra/local/cloud.ts';

/** A system that a benchmark runs: ours, or an alternative. */
export type StartedSystem = {
  synthesize: NonNullable<CloudOptions['synthesize']>;
  /** Function that a schedule invokes; it reads even if there are no orders. */
  scheduled?: string;
};

/** Starts a system on a local cloud of its own, in a new folder. */
export const startSystem = (
  { synthesize }: StartedSystem,
  dataDir: string,
  print: (line: string) => void,
): Promise<Cloud> =>
  startCloud({
    port: 0,
    dataDir,
    fresh: false,
    environment: process.env,
    signal: new AbortController().signal,
    // There is a line for every fault and every failed batch. The log in the data folder has them too.
    log: () => undefined,
    onFailure: (error) => print(error.message),
    synthesize,
  });
