import { useMemo } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import { linkTo } from '#console/base/links.ts';
import { useVirtualRows } from '#console/base/use-virtual-rows.ts';
import { shownStatus } from '#console/parts/looks.ts';
import { Channel, Foreign, Status, Time } from '#console/parts/parts.tsx';
import type { LoggedNotificationView } from '#shared/message-log/responses.ts';
import { TEXTS } from './texts.ts';

type Props = {
  rows: readonly LoggedNotificationView[];
  /** The message that is open above the table. */
  opened: string | undefined;
  hrefOf: (id: string) => string;
};

/**
 * The rows of the log. The link of a row covers the whole row, so a click anywhere opens the message. Rows far from what is
 * visible are not in the document: the numbers of the rows say how many there are.
 */
export function MessageTable({ rows, opened, hrefOf }: Props) {
  const ids = useMemo(() => rows.map(({ notificationId }) => notificationId), [rows]);
  const { body, handlers, parts } = useVirtualRows(ids, opened);
  return (
    <table class="log messages" aria-rowcount={rows.length + 1}>
      <Head />
      <tbody ref={body} {...handlers}>
        {parts.map((part) => {
          if ('gapPx' in part) return <Gap key={`before ${ids[part.until] ?? 'end'}`} heightPx={part.gapPx} />;
          const row = rows[part.row];
          return row && <Row key={row.notificationId} row={row} index={part.row} href={hrefOf(row.notificationId)} />;
        })}
      </tbody>
    </table>
  );
}

/** The space of rows that are not in the document. */
const Gap = ({ heightPx }: { heightPx: number }) => (
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row without a link cannot get the focus.
  <tr class="gap" aria-hidden="true">
    <td style={{ height: `${heightPx}px` }} />
  </tr>
);

function Head() {
  const t = useTexts(TEXTS);
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" class="status-column">
          {t('status')}
        </th>
        <th scope="col">{t('recipient')}</th>
        <th scope="col" class="wide channel-column">
          {t('channel')}
        </th>
        <th scope="col" class="wide purpose-column">
          {t('purpose')}
        </th>
        <th scope="col" class="widest order-column">
          {t('order')}
        </th>
        <th scope="col" class="when">
          {t('created')}
        </th>
      </tr>
    </thead>
  );
}

type RowProps = { row: LoggedNotificationView; index: number; href: string };

function Row({ row, index, href }: RowProps) {
  const t = useTexts(TEXTS);
  const { notificationId, channel, purpose, orderId, createdAt, recipients } = row;
  const [first, ...others] = recipients;
  return (
    <tr data-row={notificationId} aria-rowindex={index + 2}>
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
