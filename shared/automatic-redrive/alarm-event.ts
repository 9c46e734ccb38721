import * as v from 'valibot';

/** CloudWatch's event of a Lambda action, as far as it is used: the alarm and its new state. */
const ALARM_EVENT = v.object({
  source: v.literal('aws.cloudwatch'),
  alarmData: v.object({
    alarmName: v.pipe(v.string(), v.maxLength(255)),
    state: v.object({ value: v.picklist(['ALARM', 'OK', 'INSUFFICIENT_DATA']), timestamp: v.string() }),
  }),
});

/** A state that an alarm has got. @property at epoch milliseconds. */
export type AlarmChange = { alarm: string; value: 'ALARM' | 'OK' | 'INSUFFICIENT_DATA'; at: number };

/** The change that an event reports; undefined: the event is not one of an alarm. */
export function alarmChangeIn(event: unknown): AlarmChange | undefined {
  const read = v.safeParse(ALARM_EVENT, event);
  if (!read.success) return undefined;
  const { alarmName, state } = read.output.alarmData;
  // CloudWatch writes the offset without a colon.
  const at = Date.parse(state.timestamp.replace(/\+0000$/, 'Z'));
  return Number.isNaN(at) ? undefined : { alarm: alarmName, value: state.value, at };
}
