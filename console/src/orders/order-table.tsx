import { useLanguage, useTexts } from '#console/base/context.ts';
import { numberText } from '#console/base/times.ts';
import { Foreign, Status, Time } from '#console/parts/parts.tsx';
import type { ListedOrder } from './calls.ts';
import { moneyText } from './money.ts';
import { TEXTS } from './texts.ts';
import { searchOf } from './view.ts';

/** Rows of orders. The link of a row covers the whole row, so a click anywhere opens the order. */
export function OrderTable({ rows }: { rows: readonly ListedOrder[] }) {
  const t = useTexts(TEXTS);
  return (
    <table class="log">
      <thead>
        <tr>
          <th scope="col">{t('status')}</th>
          <th scope="col">{t('order')}</th>
          <th scope="col" class="wide">
            {t('customer')}
          </th>
          <th scope="col" class="wide number">
            {t('items')}
          </th>
          <th scope="col" class="number">
            {t('total')}
          </th>
          <th scope="col" class="wide when">
            {t('placedAt')}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.orderId} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row: { orderId, status, customerId, itemCount, total, currency, placedAt } }: { row: ListedOrder }) {
  const language = useLanguage();
  return (
    <tr>
      <td>
        <Status status={status} />
      </td>
      <td class="main-cell code">
        <a href={searchOf({ kind: 'order', id: orderId })}>
          <Foreign text={orderId} />
        </a>
        <span class="narrow-only sub">
          <Time at={placedAt} />
        </span>
      </td>
      <td class="wide code">
        {customerId ? (
          <a class="apart" href={searchOf({ kind: 'customer', id: customerId })}>
            <Foreign text={customerId} />
          </a>
        ) : (
          '–'
        )}
      </td>
      <td class="wide number">{numberText(itemCount, language)}</td>
      <td class="number">{moneyText(total, currency, language)}</td>
      <td class="wide when">
        <Time at={placedAt} />
      </td>
    </tr>
  );
}
