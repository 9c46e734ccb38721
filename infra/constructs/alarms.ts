import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaAction, SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct, type IConstruct } from 'constructs';
import { type AlarmRow, AT_ONCE, inOrder, monitoredIn, QUIET } from './monitoring.ts';
import { ServiceTopic } from './service-topic.ts';
import type { Stage } from './stage.ts';

/** The document with the instructions for each alarm. */
const RUNBOOKS = 'docs/how-to/runbooks.md';

/**
 * The alarms of all parts that the stack has at this moment, and the topic that mails them. Every promise has an alarm
 * that fires before it is broken.
 */
export class Alarms extends Construct {
  /** In the order in which a message passes through a stage. */
  readonly all: Alarm[];
  private readonly topic: ServiceTopic;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    this.topic = this.alarmTopic(stage);
    const rows = monitoredIn(Stack.of(this)).flatMap((part) => part.alarms());
    this.all = [...inOrder(rows), mailsUndelivered(this.topic)].map((row) => this.alarm(row));
  }

  /** @throws Error if the stage has no alarm with this id. */
  named(id: string): Alarm {
    const alarm = this.all.find(({ node }) => node.id === id);
    if (!alarm) throw new Error(`The stage has no alarm ${id}.`);
    return alarm;
  }

  private alarmTopic(stage: Stage): ServiceTopic {
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
        'A late mail about an alarm is of no use: the alarm itself shows its state, and another alarm watches this topic.',
    });
    return topic;
  }

  private alarm({ id, readings: [breaching, of], means, first, runbook, ...row }: Omit<AlarmRow, 'step'>): Alarm {
    const alarm = new Alarm(this, id, {
      alarmName: this.nameOf(id),
      alarmDescription: `${means} First: ${first} Runbook: ${RUNBOOKS}#${runbook}`,
      metric: row.metric,
      comparisonOperator: row.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: row.threshold ?? 1,
      datapointsToAlarm: breaching,
      evaluationPeriods: of,
      treatMissingData: row.silence ?? QUIET,
    });
    const mail = new SnsAction(this.topic);
    alarm.addAlarmAction(mail);
    alarm.addOkAction(mail);
    if (row.invokes) {
      // One permission for both: it names the alarm.
      const invocation = new LambdaAction(row.invokes);
      alarm.addAlarmAction(invocation);
      alarm.addOkAction(invocation);
    }
    return alarm;
  }

  private nameOf(id: string): string {
    return alarmNameOf(this, id);
  }
}

/**
 * The name of the alarm with this id. Names begin with the stack's name. It distinguishes the stages of one account, in mails and
 * in the topic's policy.
 */
export const alarmNameOf = (scope: IConstruct, id: string): string => `${Stack.of(scope).stackName}-${id}`;

/** The id of the alarm that starts automatic redrives. */
export const DEAD_LETTER_ALARM = 'dead-letters';

/** The alarm topic has an alarm itself: if one address fails, the other addresses still get the mail. */
const mailsUndelivered = (topic: ServiceTopic): Omit<AlarmRow, 'step'> => ({
  id: 'alarm-mails-undelivered',
  metric: topic.figures.failed,
  readings: AT_ONCE,
  means: 'SNS could not mail an alarm to one of its addresses, so that person does not know about the alarm.',
  first: 'Check which subscriptions are confirmed, and whether the address still exists.',
  runbook: 'alarm-mails-undelivered',
});
