import { Lazy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { COUNTER, ENV, FUNCTION, INDEX } from '#shared/names.ts';
import { alarmNameOf, DEAD_LETTER_ALARM } from '../constructs/alarms.ts';
import { everyMinuteAndOnAlarm, silentAlarm } from '../constructs/every-minute.ts';
import { type AlarmRow, AT_ONCE, counter, type Graph, labelled } from '../constructs/monitoring.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { Stage } from '../constructs/stage.ts';
import type { Subscriber } from '../constructs/subscriber.ts';
import type { Platform } from './platform.ts';

/**
 * Plans and starts redrives of groups that fail for a transient reason, while the dead-letter alarm is on. It cannot send
 * anything, and cannot change a dead letter: `run-redrive` does that.
 */
export class AutomaticRedrives extends ServiceFunction {
  private readonly stage: Stage;

  constructor(scope: Construct, { stage, table }: Platform, subscribers: () => readonly Subscriber[]) {
    const { enabled, coolDownSeconds, calmSeconds } = stage.settings.automaticRedrives;
    super(scope, {
      stage,
      name: FUNCTION.redriveOnAlarm,
      timeoutSeconds: 60,
      memoryMb: 1024,
      environment: {
        ...table.environment,
        [ENV.deadLetterAlarm]: alarmNameOf(scope, DEAD_LETTER_ALARM),
        [ENV.automaticRedrives]: enabled ? 'on' : 'off',
        [ENV.coolDownSeconds]: String(coolDownSeconds),
        [ENV.calmSeconds]: String(calmSeconds),
        [ENV.outboxGraceSeconds]: String(stage.settings.timing.outboxGraceSeconds),
        // Domains add theirs after this lane.
        [ENV.subscriberNames]: Lazy.string({
          produce: () =>
            subscribers()
              .map(({ subscriberId }) => subscriberId)
              .join(' '),
        }),
      },
    });
    this.stage = stage;
    this.allow(
      [
        ...['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
        ...['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:BatchWriteItem'],
      ],
      [table.arn],
    );
    this.allow(['dynamodb:Query'], [`${table.arn}/index/${INDEX.due}`]);
    everyMinuteAndOnAlarm(this, this, 'Continues automatic redrives. It ends at once if none is due.');
  }

  override alarms(): AlarmRow[] {
    return [
      silentAlarm(this, 'Automatic redrives wait. Nothing else does.'),
      {
        id: 'automatic-redrives-given-up',
        step: 'set-aside',
        metric: this.givenUp,
        readings: AT_ONCE,
        means:
          'Dead letters of a group still failed after the last automatic redrive, or a person stopped it. They stay open, and are not tried again by themselves.',
        first: 'Find the group: GET /dead-letters/groups shows those that were given up, and why.',
        runbook: 'automatic-redrives-given-up',
      },
      ...super.alarms(),
    ];
  }

  override panel(): Graph[] {
    return [
      {
        step: 'set-aside',
        title: 'Automatic redrives given up',
        metrics: [labelled(this.givenUp, 'groups')],
      },
      ...super.panel(),
    ];
  }

  private get givenUp() {
    return counter(this.stage, COUNTER.automaticRedrivesGivenUp, this.name);
  }
}
