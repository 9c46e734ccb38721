import { GB_BYTES, type Usage } from './usage.ts';

/** Days and hours of a month in all calculations. */
const DAYS_A_MONTH = 365 / 12;
const HOURS_A_MONTH = DAYS_A_MONTH * 24;
/** How often the messages of an order are counted for the statistics: when it happens, and after later events. */
const COUNTS_AN_ORDER = 3;

/** The usage of one order, and its stored data. */
export type OrderUse = { usage: Usage[]; keptBytes: number; counting: { readUnits: number; writeUnits: number } };

export type LiveStage = {
  /** The monthly usage of an idle stage. */
  standing: Usage[];
  /** The additional monthly usage with any traffic. */
  traffic: Usage[];
  /** Clients that the pool accepts for tenants; undefined if the tokens come from an existing issuer. */
  mostClients?: number;
  order: OrderUse;
};

export type Load = { tenants: number; ordersADay: number };

/** One kind of cost of a live stage. */
export type LivePart = { title: string; usage: Usage[] };

/** Machine clients that these tenants have, one each, as far as the pool accepts them. */
export const clientsOf = ({ mostClients = 0 }: LiveStage, { tenants }: Load): number => Math.min(tenants, mostClients);

export const ordersAMonth = ({ tenants, ordersADay }: Load): number => tenants * ordersADay * DAYS_A_MONTH;

const times = (usage: Usage[], factor: number): Usage[] =>
  usage.map(({ price, quantity }) => ({ price, quantity: quantity * factor }));

/** The usage of a stage in a month with this many orders of its tenants, by kind. */
export function liveMonthOf(stage: LiveStage, load: Load): LivePart[] {
  const { usage, keptBytes, counting } = stage.order;
  const orders = ordersAMonth(load);
  const clients = clientsOf(stage, load);
  const isEmail = ({ price }: Usage): boolean => price === 'ses.messages';
  // The carriers' prices differ by a factor of a hundred between countries.
  const isOurs = (one: Usage): boolean => !isEmail(one) && one.price !== 'sms.parts';
  const kept = (orders * keptBytes) / GB_BYTES;
  return [
    { title: 'the idle stage', usage: stage.standing },
    { title: 'metrics by route and of what functions do', usage: stage.traffic },
    {
      title: 'a machine client for each tenant, and a token an hour',
      usage: [
        { price: 'cognito.machine-clients', quantity: clients },
        { price: 'cognito.machine-tokens', quantity: clients * HOURS_A_MONTH },
      ],
    },
    { title: 'orders', usage: times(usage.filter(isOurs), orders) },
    {
      title: `their statistics, counted ${COUNTS_AN_ORDER} times`,
      usage: times(
        [
          { price: 'dynamodb.read-units', quantity: counting.readUnits },
          { price: 'dynamodb.write-units', quantity: counting.writeUnits },
        ],
        orders * COUNTS_AN_ORDER,
      ),
    },
    {
      title: 'what is kept of a month’s orders',
      usage: [
        { price: 'dynamodb.storage-gb-months', quantity: kept },
        { price: 'dynamodb.recovery-gb-months', quantity: kept },
      ],
    },
    { title: 'e-mails (SES)', usage: times(usage.filter(isEmail), orders) },
  ];
}
