import { Duration, Stack } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IWidget,
  PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { type Graph, inOrder, monitoredIn, SECTIONS, type Step } from './monitoring.ts';

/** CloudWatch's grid is 24 wide. */
const WIDTH = 24;
const TEXT_WIDTH = 6;
const GRAPH_HEIGHT = 6;

/** One page per stage, with the graphs of all parts that the stack has at this moment. */
export class StageDashboard extends Construct {
  constructor(scope: Construct, id: string, { all: alarms }: Alarms) {
    super(scope, id);
    const stack = Stack.of(this);
    const graphs = inOrder(monitoredIn(stack).flatMap((part) => part.panel()));
    new Dashboard(this, 'dashboard', {
      // A dashboard belongs to the account and is visible in every region, so its name contains the region.
      dashboardName: `${stack.stackName}-${stack.region}`,
      defaultInterval: Duration.hours(3),
      periodOverride: PeriodOverride.INHERIT,
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms: all should be green', alarms, width: WIDTH, height: 8 })],
        ...SECTIONS.map((section) => rowOf(section, graphsOf(section, graphs))),
      ],
    });
  }
}

/** The graphs of one section. Graphs with the same title become one. */
function graphsOf({ steps }: { steps: readonly Step[] }, graphs: Graph[]): Graph[] {
  const own = graphs.filter(({ step }) => steps.includes(step));
  return [...Map.groupBy(own, ({ title }) => title).values()].flatMap(([first, ...others]) =>
    first ? [{ ...first, metrics: [first, ...others].flatMap(({ metrics }) => metrics) }] : [],
  );
}

/** One row of the dashboard: a text with the expected values, and the graphs next to it. */
function rowOf({ heading, good }: { heading: string; good: string }, graphs: Graph[]): IWidget[] {
  const width = Math.floor((WIDTH - TEXT_WIDTH) / graphs.length);
  return [
    new TextWidget({ markdown: `## ${heading}\n${good}`, width: TEXT_WIDTH, height: GRAPH_HEIGHT }),
    ...graphs.map(
      ({ title, metrics, unit }) =>
        new GraphWidget({
          title,
          left: metrics,
          width,
          height: GRAPH_HEIGHT,
          leftYAxis: { min: 0, ...(unit === undefined ? {} : { label: unit, showUnits: false }) },
        }),
    ),
  ];
}
