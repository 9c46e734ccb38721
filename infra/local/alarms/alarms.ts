import { join } from 'node:path';
import { messageOf } from '../base/failure.ts';
import type { Invoke } from '../base/invoke.ts';
import type { MetricPlan } from '../template/alarms.ts';
import type { FunctionPlan, Plan } from '../template/plan.ts';
import { embeddedMetricsIn } from './embedded-metrics.ts';
import { type AlarmState, type Datapoint, figureOf, stateAfter } from './evaluate.ts';
import { type EvaluatedAlarm, isEvaluated, OF_FUNCTIONS, whyNotEvaluated } from './evaluated.ts';
import { followLines } from './log-files.ts';
import { lambdaEventOf, type StateChange, topicMessageOf } from './notices.ts';
import { openReadings, type Readings } from './readings.ts';

export type AlarmsOptions = {
  plan: Pick<Plan, 'alarms' | 'functions' | 'topics' | 'region'>;
  /** Folder of the functions' logs, which contain their metrics. */
  logsFolder: string;
  /** How long a minute of the alarms' periods takes. */
  minuteMs: number;
  invoke: Invoke;
  publish: (topicArn: string, message: string) => Promise<void>;
  log: (line: string) => void;
};

/** A state and since when an alarm has it. Times are ISO 8601. */
type Since = StateChange['state'];
type Evaluated = { plan: EvaluatedAlarm; now: Since };
/** What an alarm did when its state changed. `failed`: why the action could not be performed. */
export type PerformedAction = { at: string; alarm: string; state: AlarmState; action: string; failed?: string };

/** The alarms of the template, evaluated every minute on the metrics that exist here. */
export type Alarms = Awaited<ReturnType<typeof startAlarms>>;

/** How long a tick waits, so that what the functions wrote before the end of the minute is in their logs. */
const SETTLE_SHARE = 0.02;
const MOST_ACTIONS = 500;
/** How often Lambda tries an asynchronous invocation. */
const TRIES = 3;

export async function startAlarms(options: AlarmsOptions) {
  const { plan, logsFolder, minuteMs, log } = options;
  const startedAt = Date.now();
  const evaluated = plan.alarms.filter(isEvaluated).map((alarm): Evaluated => ({ plan: alarm, now: started() }));
  const readings = openReadings(
    evaluated.map((one) => one.plan.figure.metric),
    minuteMs + Math.max(0, ...evaluated.map((one) => one.plan.evaluationPeriods * periodMs(one.plan, minuteMs))),
  );
  const readLogs = await followLines(
    plan.functions.map(({ name }) => join(logsFolder, `${name}.log`)),
    (line) => {
      for (const { metric, ...reading } of embeddedMetricsIn(line)) readings.put(metric, reading);
    },
  );
  const performed: PerformedAction[] = [];

  const evaluateAll = async (end: number): Promise<void> => {
    await readLogs();
    for (const one of evaluated) {
      const change = changeOf(one, datapointsOf(one.plan, readings, { end, startedAt, minuteMs }), plan.region);
      if (!change) continue;
      one.now = change.state;
      if (change.state.value === 'ALARM' || change.previous.value === 'ALARM') log(sentenceOf(change));
      // Not awaited: the next alarm does not wait for the end of an invocation.
      void perform(change, options).then((actions) => performed.push(...actions));
    }
    performed.splice(0, performed.length - MOST_ACTIONS);
    readings.forgetBefore(end);
  };

  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    const end = (Math.floor(Date.now() / minuteMs) + 1) * minuteMs;
    timer = setTimeout(() => void tick(end), end - Date.now() + minuteMs * SETTLE_SHARE);
  };
  const tick = async (end: number): Promise<void> => {
    try {
      await evaluateAll(end);
    } catch (error) {
      log(`alarms: not evaluated: ${messageOf(error)}`);
    }
    if (!stopped) wait();
  };
  wait();

  return {
    /** A function was invoked. @param failed whether it ended without a result. */
    invoked(name: string, failed: boolean): void {
      for (const [metric, value] of figuresOfInvocation(plan.functions, name, failed))
        readings.put(metric, { at: Date.now(), value });
    },
    list: () => ({
      alarms: evaluated.map(({ plan: { name, actions }, now }) => ({ name, ...now, actions })),
      notEvaluated: plan.alarms.flatMap((alarm) => {
        const because = whyNotEvaluated(alarm);
        return because === undefined ? [] : [{ name: alarm.name, because }];
      }),
      performed: [...performed],
    }),
    stop(): void {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

const started = (): Since => ({
  value: 'INSUFFICIENT_DATA',
  reason: 'The local cloud has just started.',
  at: new Date().toISOString(),
});

const periodMs = ({ figure }: Evaluated['plan'], minuteMs: number): number => (figure.periodSeconds / 60) * minuteMs;

/** The figures of the last periods, oldest first, without those that began before the local cloud. */
function datapointsOf(
  alarm: Evaluated['plan'],
  readings: Readings,
  { end, startedAt, minuteMs }: { end: number; startedAt: number; minuteMs: number },
): Datapoint[] {
  const { figure, evaluationPeriods } = alarm;
  const length = periodMs(alarm, minuteMs);
  return Array.from({ length: evaluationPeriods }, (_, index) => end - (evaluationPeriods - index) * length)
    .filter((from) => from >= startedAt)
    .map((from) => figureOf(figure.statistic, readings.between(figure.metric, from, from + length)));
}

function changeOf({ plan, now }: Evaluated, datapoints: Datapoint[], region: string): StateChange | undefined {
  const value = stateAfter(plan, datapoints, now.value);
  if (value === now.value) return undefined;
  const shown = datapoints.map((one) => one ?? 'missing').join(', ');
  const reason = `The last figures were ${shown}; the threshold is ${plan.threshold} (${plan.comparison}).`;
  return { alarm: plan, region, previous: now, state: { value, reason, at: new Date().toISOString() } };
}

const sentenceOf = ({ alarm, state, previous }: StateChange): string =>
  `Alarm ${alarm.name}: ${previous.value} → ${state.value}. ${state.reason}`;

/** Performs the actions of an alarm's new state. A failed action is shown and not thrown, as at AWS. */
async function perform(change: StateChange, options: AlarmsOptions): Promise<PerformedAction[]> {
  const { alarm, state } = change;
  const actions = state.value === 'INSUFFICIENT_DATA' ? [] : alarm.actions[state.value];
  return Promise.all(
    actions.map(async (action) => {
      const done = { at: state.at, alarm: alarm.name, state: state.value, action };
      try {
        await performOne(action, change, options);
        return done;
      } catch (error) {
        return { ...done, failed: messageOf(error) };
      }
    }),
  );
}

async function performOne(action: string, change: StateChange, { plan, invoke, publish }: AlarmsOptions) {
  if (plan.topics.some(({ arn }) => arn === action)) return publish(action, topicMessageOf(change));
  const target = plan.functions.find(({ arn }) => arn === action);
  if (!target) throw new Error(`${action} is neither a topic nor a function of the template.`);
  await invokeWithRetries(() => invoke(target.name, lambdaEventOf(change)), TRIES);
}

/** Without the pauses of a minute and more that Lambda makes. */
async function invokeWithRetries(invoke: () => Promise<unknown>, tries: number): Promise<void> {
  try {
    await invoke();
  } catch (error) {
    if (tries <= 1) throw error;
    await invokeWithRetries(invoke, tries - 1);
  }
}

function figuresOfInvocation(functions: readonly FunctionPlan[], name: string, failed: boolean) {
  const FunctionName = functions.find((one) => one.name === name)?.physicalName ?? name;
  const { namespace } = OF_FUNCTIONS;
  const of = (metric: string, value: number): [MetricPlan, number] => [
    { namespace, name: metric, dimensions: { FunctionName } },
    value,
  ];
  return [of('Errors', failed ? 1 : 0), of('Invocations', 1)];
}
