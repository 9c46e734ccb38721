import { useLanguage, useTexts } from '#console/base/context.ts';
import { numberText } from '#console/base/times.ts';
import { Foreign } from '#console/parts/parts.tsx';
import type { OrderView } from '#shared/order/responses.ts';
import { moneyText } from './money.ts';
import { TEXTS } from './texts.ts';

/** What is ordered, with money in the currency of the order. */
export function Lines({ order: { lines, currency, total } }: { order: OrderView }) {
  const t = useTexts(TEXTS);
  const language = useLanguage();
  const money = (minorUnits: number): string => moneyText(minorUnits, currency, language);
  return (
    <section class="card subject-lines" aria-labelledby="lines">
      <h2 id="lines">{t('lines')}</h2>
      <table class="lines">
        <thead>
          <tr>
            <th scope="col">{t('article')}</th>
            <th scope="col" class="number">
              {t('quantity')}
            </th>
            <th scope="col" class="number wide">
              {t('unitPrice')}
            </th>
            <th scope="col" class="number">
              {t('amount')}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ sku, description, quantity, unitPrice }, index) => (
            <tr key={index}>
              <td>
                <Foreign text={description} />
                <span class="sub code">
                  <Foreign text={sku} />
                </span>
              </td>
              <td class="number">{numberText(quantity, language)}</td>
              <td class="number wide">{money(unitPrice)}</td>
              <td class="number">{money(quantity * unitPrice)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t('total')}</th>
            <td />
            <td class="wide" />
            <td class="number">{money(total)}</td>
          </tr>
        </tfoot>
      </table>
    </section>
  );
}
