import { useTexts } from '#console/base/context.ts';
import { linkTo } from '#console/base/links.ts';
import { Icon, type IconName } from '#console/parts/icons.tsx';
import { Foreign, Time } from '#console/parts/parts.tsx';
import { type Entry, nameOf, summaryOf } from './entries.ts';
import { TEXTS } from './texts.ts';

/** Most rows at once. People look at the newest ones, and thousands would make the page slow. */
const MOST_ROWS = 200;

const ICONS = { emails: 'email', sms: 'sms', webhooks: 'webhook' } as const satisfies Record<Entry['list'], IconName>;

type Props = {
  entries: readonly Entry[];
  current: string | undefined;
  parametersOf: (entry: Entry) => Readonly<Record<string, string | undefined>>;
};

/** The received messages, newest first. */
export function EntryList({ entries, current, parametersOf }: Props) {
  const t = useTexts(TEXTS);
  const older = entries.length - MOST_ROWS;
  return (
    <section class="inbox-list" aria-label={t('received')}>
      <ol>
        {entries.slice(0, MOST_ROWS).map((entry) => {
          const name = nameOf(entry);
          const { who, what } = summaryOf(entry);
          return (
            <li key={name}>
              <a href={linkTo('inbox', parametersOf(entry))} aria-current={name === current ? 'true' : undefined}>
                <Icon name={ICONS[entry.list]} />
                <span class="unseen">{t(`list.${entry.list}`)}</span>
                <span class="inbox-who">
                  <Foreign text={who} />
                </span>
                <Time at={entry.received.at} />
                <span class="inbox-what">
                  <Foreign text={what.slice(0, 200)} />
                </span>
              </a>
            </li>
          );
        })}
      </ol>
      {older > 0 && <p class="sub">{t('older', { count: older })}</p>}
    </section>
  );
}
