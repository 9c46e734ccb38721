import type { Construct } from 'constructs';
import { FUNCTION, INDEX } from '#shared/names.ts';
import { everyMinute, silentAlarm } from '../constructs/every-minute.ts';
import type { AlarmRow } from '../constructs/monitoring.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { Platform } from './platform.ts';

/**
 * Builds read models again. It can only read and write the table: it may not publish, call a provider, or read the
 * contents of a queue, so a replay sends nothing.
 */
export class Replays extends ServiceFunction {
  constructor(scope: Construct, { stage, table }: Platform) {
    super(scope, {
      stage,
      name: FUNCTION.runReplay,
      timeoutSeconds: 60,
      environment: table.environment,
    });
    this.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:Scan'], [table.arn]);
    this.allow(['dynamodb:Query'], [`${table.arn}/index/${INDEX.due}`]);
    everyMinute(this, this, 'Continues replays. It ends at once if none is due.');
  }

  override alarms(): AlarmRow[] {
    return [silentAlarm(this, 'Replays wait. Nothing else does.'), ...super.alarms()];
  }
}
