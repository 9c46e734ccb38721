import type { Reaper } from './reaper.ts';
import type { Engine, SuperviseOptions } from './supervisor.ts';

export type DynamoOptions = Pick<SuperviseOptions, 'log' | 'onFailure'> & {
  /** Where its one file lies; it exists. */
  folder: string;
  environment: NodeJS.ProcessEnv;
  reaper: Reaper;
  /** Calls off what may take long. */
  signal?: AbortSignal;
};

/** An engine for DynamoDB and its streams. */
export type DynamoEngine = {
  /** Name of the one file in which it keeps everything. */
  file: string;
  /**
   * Starts it on a free port of 127.0.0.1.
   * @throws CannotRun when it cannot run here.
   */
  start(options: DynamoOptions): Promise<Engine>;
};
