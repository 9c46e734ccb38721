import { unmarshall } from '@aws-sdk/util-dynamodb';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { type Shape, upgraded } from '#shared/messaging/versions.ts';
import { STATISTICS_DUE } from '#shared/statistics/due.ts';
import { addedChannels } from '#shared/statistics/figures.ts';
import {
  type CountedHour,
  type CountedMinute,
  HOUR_FIGURES,
  MINUTE_FIGURES,
  type Minute,
  type StatisticsStore,
  type StoredFigures,
} from '#shared/statistics/ports.ts';
import { type Item, toItem } from './items.ts';
import { dueShardOf, type ItemKey, statisticsItemKey } from './keys.ts';
import { everyItem, CONDITION as ROW, readItem, type Table, typed, update } from './table.ts';

/** Conditions by name. */
const CONDITION = {
  ...ROW,
  /** There is no mark, or its count has begun. Otherwise the existing mark is enough. */
  needsMark: '(attribute_not_exists(dueAt) OR attribute_exists(taken))',
  isDue: 'dueAt <= :now AND (attribute_not_exists(restsUntil) OR restsUntil <= :now)',
  rests: 'dueAt <= :now AND restsUntil > :now',
  /** Since this count began, the row was not marked again and no other count began. */
  isTaken: 'taken = :nonce',
  /** The row was marked after the count began. Another count follows. Still, these figures are newer than the row's. */
  isMarkedAgain: 'attribute_exists(dueAt) AND attribute_not_exists(taken)',
  /** No later sum of this hour has begun. */
  isLast: 'ticket = :ticket',
} as const;

/** Statistics. Every write is a conditional write of one item, and no write waits for another. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a store's methods share one table, and each is small.
export function statisticsStore(table: Table): StatisticsStore {
  /**
   * Each sum takes a ticket first and reads all minutes afterwards. So the sum with the last ticket contains every
   * minute that was stored before that ticket.
   */
  async function addUpHour({ tenant, minute }: Minute): Promise<void> {
    const hour = minute.slice(0, HOUR_LENGTH);
    const key = statisticsItemKey(tenant, 'HOUR', hour);
    const { item: taken, refusal } = await update(table, {
      Key: toItem(key),
      UpdateExpression: 'ADD ticket :one SET #type = :type, schemaVersion = if_not_exists(schemaVersion, :written)',
      ConditionExpression: CONDITION.isReadable,
      ...typed(HOUR_FIGURES, { ':one': 1 }),
      ReturnValues: 'UPDATED_NEW',
    });
    if (refusal) return;
    const first = statisticsItemKey(tenant, 'MINUTE', hour);
    const minutes = await everyItem(table, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :hour)',
      ExpressionAttributeValues: toItem({ ':pk': first.pk, ':hour': first.sk }),
      ConsistentRead: true,
    });
    const counted = minutes.map((item) => countedIn(MINUTE_FIGURES, item));
    const isPartial = counted.some((one) => one.isPartial);
    await update(table, {
      Key: toItem(key),
      UpdateExpression: `SET figures = :figures${isPartial ? ', isPartial = :true' : ' REMOVE isPartial'}`,
      ConditionExpression: CONDITION.isLast,
      ExpressionAttributeValues: toItem({
        ':figures': counted.map(({ figures }) => figures).reduce(addedChannels, {}),
        ':ticket': Number(taken?.ticket?.N),
        ':true': isPartial || undefined,
      }),
    });
  }

  /** @throws NewerVersion if only a newer release can count the row. */
  async function isTaken(Key: Item, nonce: string, now: number): Promise<boolean> {
    const { readable } = MINUTE_FIGURES;
    const { item, refusal } = await update(table, {
      Key,
      UpdateExpression: 'SET taken = :nonce',
      ConditionExpression: `${CONDITION.isDue} AND ${CONDITION.isReadable}`,
      ExpressionAttributeValues: toItem({ ':nonce': nonce, ':now': now, ':readable': readable }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    if (refusal && Number(item?.schemaVersion?.N ?? 0) > readable)
      throw new NewerVersion('A newer release has counted this minute.', { cause: refusal });
    return !refusal;
  }

  const keepFigures = (key: ItemKey, nonce: string, { figures, restsUntil, isPartial }: CountedMinute) => {
    const set = 'SET figures = :figures, restsUntil = :restsUntil';
    return update(table, {
      Key: toItem(key),
      UpdateExpression: isPartial ? `${set}, isPartial = :true` : `${set} REMOVE isPartial`,
      ConditionExpression: `${CONDITION.isTaken} OR (${CONDITION.isMarkedAgain})`,
      ExpressionAttributeValues: toItem({
        ':figures': figures,
        ':restsUntil': restsUntil,
        ':nonce': nonce,
        ':true': isPartial,
      }),
    });
  };

  return {
    async markMinute({ tenant, minute }, dueAt) {
      const key = statisticsItemKey(tenant, 'MINUTE', minute);
      const { item, refusal } = await update(table, {
        Key: toItem(key),
        UpdateExpression:
          'SET #type = :type, schemaVersion = if_not_exists(schemaVersion, :written), dueAt = :dueAt, dueShard = :dueShard REMOVE taken',
        ConditionExpression: `${CONDITION.needsMark} AND ${CONDITION.isReadable}`,
        ...typed(MINUTE_FIGURES, {
          ':dueAt': dueAt,
          ':dueShard': dueShardOf(STATISTICS_DUE.name, key.pk + key.sk, table.dueShards),
        }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      return refusal ? openMark(item) : dueAt;
    },

    async takeMinute({ tenant, minute }, nonce, now) {
      const Key = toItem(statisticsItemKey(tenant, 'MINUTE', minute));
      if (await isTaken(Key, nonce, now)) return true;
      await update(table, {
        Key,
        UpdateExpression: 'SET dueAt = restsUntil',
        ConditionExpression: CONDITION.rests,
        ExpressionAttributeValues: toItem({ ':now': now }),
      });
      return false;
    },

    async keepMinute(minute, nonce, counted) {
      const key = statisticsItemKey(minute.tenant, 'MINUTE', minute.minute);
      if ((await keepFigures(key, nonce, counted)).refusal) return;
      await addUpHour(minute);
      // This write comes last: after a crash before it, the minute is still due and is counted again with its hour.
      await update(table, {
        Key: toItem(key),
        UpdateExpression: 'REMOVE dueAt, dueShard, taken',
        ConditionExpression: CONDITION.isTaken,
        ExpressionAttributeValues: toItem({ ':nonce': nonce }),
      });
    },

    async readMinute({ tenant, minute }) {
      const item = await readItem(table, statisticsItemKey(tenant, 'MINUTE', minute));
      return item && countedIn(MINUTE_FIGURES, item);
    },

    async postponeMinute({ tenant, minute }, dueAt) {
      await update(table, {
        Key: toItem(statisticsItemKey(tenant, 'MINUTE', minute)),
        UpdateExpression: 'SET dueAt = :dueAt',
        ConditionExpression: CONDITION.stillDue,
        ExpressionAttributeValues: toItem({ ':dueAt': dueAt }),
      });
    },

    async readHours(tenant, from, to) {
      const first = statisticsItemKey(tenant, 'HOUR', from);
      const items = await everyItem(table, {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: toItem({
          ':pk': first.pk,
          ':first': first.sk,
          ':last': statisticsItemKey(tenant, 'HOUR', to).sk,
        }),
      });
      return items.map((item) => ({
        hour: item.sk?.S?.slice('HOUR#'.length) ?? '',
        ...countedIn(HOUR_FIGURES, item),
      }));
    },
  };
}

/** The time of the existing mark; undefined if its count has begun, because the mark is no longer valid then. */
const openMark = ({ dueAt, taken }: Item = {}): number | undefined =>
  dueAt?.N !== undefined && taken === undefined ? Number(dueAt.N) : undefined;

/** `2026-01-31T12` */
const HOUR_LENGTH = 13;

/**
 * The figures that were counted. They are empty if the count of the minute or hour has only begun.
 * @throws NewerVersion
 */
export function countedIn(shape: Shape<StoredFigures>, item: Item): Omit<CountedHour, 'hour'> {
  const { schemaVersion, ...attributes } = unmarshall(item);
  const { value } = upgraded(`${shape.name} row`, shape, schemaVersion, attributes);
  const { figures = {}, isPartial } = value;
  return { figures, ...(isPartial && { isPartial }) };
}
