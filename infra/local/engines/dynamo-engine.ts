import type { Reaper } from '../processes/reaper.ts';
import type { Engine, SuperviseOptions } from '../processes/supervisor.ts';

export type DynamoOptions = Pick<SuperviseOptions, 'log' | 'onFailure'> & {
  /** The existing folder of its one file. */
  folder: string;
  environment: NodeJS.ProcessEnv;
  reaper: Reaper;
  /** Cancels long steps of the start. */
  signal?: AbortSignal;
};

/** A running engine for DynamoDB. */
export type RunningDynamo = Engine & {
  /** Removes all records from the streams, as DynamoDB does after a day. Missing if the engine cannot do this on request. */
  dropStreamRecords?(): number;
};

/** An engine for DynamoDB and its streams. */
export type DynamoEngine = {
  /** Name of the one file with all its data. */
  file: string;
  /**
   * Starts the engine on a free port of 127.0.0.1.
   * @throws CannotRun when the engine cannot run here.
   */
  start(options: DynamoOptions): Promise<RunningDynamo>;
};
