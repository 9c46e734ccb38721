import { GB_BYTES, type Usage } from './usage.ts';

/** Days and hours of a month, as everything here counts them. */
const DAYS_A_MONTH = 365 / 12;
const HOURS_A_MONTH = DAYS_A_MONTH * 24;
/** How often the messages of an order are counted for the statistics: when it happens, and after later events. */
const COUNTS_AN_ORDER = 3;

/** What one order uses, and what stays of it. */
export type OrderUse = { usage: Usage[]; keptBytes: number; counting: { readUnits: number; writeUnits: number } };

export type LiveStage = {
  /** What the stage uses a month while nothing happens. */
  standing: Usage[];
  /** What it uses besides as soon as there is traffic, however much. */
  traffic: Usage[];
  /** Clients that the pool accepts for tenants; undefined where an issuer of somebody else gives the tokens. */
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

/** What a stage uses in a month in which its tenants place so many orders, by kind. */
export function liveMonthOf(stage: LiveStage, load: Load): LivePart[] {
  const { usage, keptBytes, counting } = stage.order;
  const orders = ordersAMonth(load);
  const clients = clientsOf(stage, load);
  const isEmail = ({ price }: Usage): boolean => price === 'ses.messages';
  // The carriers' price differs by country a hundredfold.
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
