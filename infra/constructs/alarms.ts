import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { type AlarmRow, alarmTable, alarmTopicAlarm } from './alarm-table.ts';
import type { Watched } from './metrics.ts';
import { ServiceTopic } from './service-topic.ts';

/** The document with the instructions for each alarm. */
const RUNBOOKS = 'docs/how-to/runbooks.md';

/** The alarms of a stage, and the topic that mails them. Every promise has an alarm that fires before it is broken. */
export class Alarms extends Construct {
  /** In the order of the table. */
  readonly all: Alarm[];
  private readonly topic: ServiceTopic;

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    this.topic = this.alarmTopic(watched);
    this.all = [...alarmTable(watched), alarmTopicAlarm(this.topic)].map((row) => this.alarm(row));
  }

  private alarmTopic({ stage }: Watched): ServiceTopic {
    const topic = new ServiceTopic(this, 'topic', { stage });
    topic.letPublish(
      'cloudwatch.amazonaws.com',
      'AlarmsPublish',
      Stack.of(this).formatArn({
        service: 'cloudwatch',
        resource: 'alarm',
        resourceName: this.nameOf('*'),
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
    for (const address of stage.settings.alarms.addresses) topic.addSubscription(new EmailSubscription(address));
    Validations.of(topic).acknowledge({
      id: 'Serverless::Serverless-SNSRedrivePolicy',
      reason:
        'A mail about an alarm is of no use later: the alarm itself shows its state, and an alarm watches this topic.',
    });
    return topic;
  }

  private alarm({ id, readings: [breaching, of], means, first, runbook, ...row }: AlarmRow): Alarm {
    const alarm = new Alarm(this, id, {
      alarmName: this.nameOf(id),
      alarmDescription: `${means} First: ${first} Runbook: ${RUNBOOKS}#${runbook}`,
      metric: row.metric,
      comparisonOperator: row.comparison,
      threshold: row.threshold,
      datapointsToAlarm: breaching,
      evaluationPeriods: of,
      treatMissingData: row.silence,
    });
    const mail = new SnsAction(this.topic);
    alarm.addAlarmAction(mail);
    alarm.addOkAction(mail);
    return alarm;
  }

  /**
   * Names begin with the stack's name. It distinguishes the stages of one account, in mails and in the topic's policy.
   */
  private nameOf(id: string): string {
    return `${Stack.of(this).stackName}-${id}`;
  }
}
