/** A state that an alarm has got. @property at epoch milliseconds. */
export type AlarmChange = { alarm: string; value: AlarmValue; at: number };

const VALUES = ['ALARM', 'OK', 'INSUFFICIENT_DATA'] as const;
type AlarmValue = (typeof VALUES)[number];

/** CloudWatch's limit for the name of an alarm. */
const MOST_CHARACTERS = 255;

/**
 * The change that an event of CloudWatch's Lambda action reports; undefined: the event is not one of an alarm.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
 */
export function alarmChangeIn(event: unknown): AlarmChange | undefined {
  const { source, alarmData } = fieldsOf(event);
  const { alarmName, state } = fieldsOf(alarmData);
  const { value, timestamp } = fieldsOf(state);
  const known = VALUES.find((one) => one === value);
  if (source !== 'aws.cloudwatch' || !known || typeof alarmName !== 'string') return undefined;
  // CloudWatch writes the offset without a colon.
  const at = Date.parse(String(timestamp).replace(/\+0000$/, 'Z'));
  if (Number.isNaN(at) || alarmName === '' || alarmName.length > MOST_CHARACTERS) return undefined;
  return { alarm: alarmName, value: known, at };
}

const fieldsOf = (value: unknown): Record<string, unknown> => (typeof value === 'object' ? { ...value } : {});
