import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { StageOutputs } from '../../outputs.ts';
import { settingsOf } from '../../stages.ts';
import { type ClientConfig, clientConfigOf } from '../clients.ts';
import { recordingCalls } from '../failed-calls.ts';
import { Refused } from '../refused.ts';
import { cloudWatchLogs } from './cloudwatch-logs.ts';
import { localLogs } from './local-logs.ts';
import type { RequestLogs } from './request-logs.ts';

/**
 * The logs of a stage's functions: the files of the local cloud, or CloudWatch with the operator's own credentials.
 * @throws Refused if the stage does not allow it.
 */
export function logsOfStage(
  stage: string,
  { logsFolder, region }: Pick<StageOutputs, 'logsFolder' | 'region'>,
  config: ClientConfig = {},
): RequestLogs {
  if (logsFolder !== undefined) return localLogs(logsFolder);
  const settings = settingsOf(stage);
  if (!settings.operatorsReadLogs) {
    throw new Refused(
      `Stage ${stage} does not let operators read its logs. Set operatorsReadLogs in infra/stages.ts to allow it.`,
    );
  }
  const client = new CloudWatchLogsClient(clientConfigOf(region ?? settings.region, config));
  return cloudWatchLogs({ client: recordingCalls(client), stage, sleep });
}
