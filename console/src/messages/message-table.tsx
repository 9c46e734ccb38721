import { useTexts } from '#console/base/context.ts';
import { linkTo } from '#console/base/links.ts';
import { shownStatus } from '#console/parts/looks.ts';
import { Channel, Foreign, Status, Time } from '#console/parts/parts.tsx';
import type { LoggedNotificationView } from '#shared/message-log/responses.ts';
import { TEXTS } from './texts.ts';

type Props = {
  rows: readonly LoggedNotificationView[];
  hrefOf: (id: string) => string;
};

/** The rows of the log. The link of a row covers the whole row, so a click anywhere opens the message. */
export function MessageTable({ rows, hrefOf }: Props) {
  const t = useTexts(TEXTS);
  return (
    <table class="log">
      <thead>
        <tr>
          <th scope="col">{t('status')}</th>
          <th scope="col">{t('recipient')}</th>
          <th scope="col" class="wide">
            {t('channel')}
          </th>
          <th scope="col" class="wide">
            {t('purpose')}
          </th>
          <th scope="col" class="widest">
            {t('order')}
          </th>
          <th scope="col" class="when">
            {t('created')}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.notificationId} row={row} href={hrefOf(row.notificationId)} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row, href }: { row: LoggedNotificationView; href: string }) {
  const t = useTexts(TEXTS);
  const { channel, purpose, orderId, createdAt, recipients } = row;
  const [first, ...others] = recipients;
  return (
    <tr>
      <td>
        <Status status={shownStatus(row)} />
      </td>
      <td class="main-cell">
        <a href={href}>
          {first?.address ? <Foreign text={first.address} /> : first ? t('erased') : t('message')}
          {others.length > 0 && <span class="others"> +{others.length}</span>}
        </a>
        <span class="narrow-only sub">
          <Channel channel={channel} /> · <Foreign text={purpose} />
        </span>
      </td>
      <td class="wide">
        <Channel channel={channel} />
      </td>
      <td class="wide">
        <Foreign text={purpose} />
      </td>
      <td class="widest code">
        {orderId ? (
          <a class="apart" href={linkTo('orders', { order: orderId })}>
            <Foreign text={orderId} />
          </a>
        ) : (
          '–'
        )}
      </td>
      <td class="when">
        <Time at={createdAt} />
      </td>
    </tr>
  );
}
