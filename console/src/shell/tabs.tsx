import { COMMON } from '#console/base/common-texts.ts';
import { useTexts } from '#console/base/context.ts';
import { linkTo } from '#console/base/links.ts';
import type { Page } from '#console/base/page.ts';
import { Icon } from '#console/parts/icons.tsx';

/** The tabs of the pages. A tab leads to the beginning of its page. */
export function Tabs({ pages, current }: { pages: readonly Page[]; current: Page }) {
  const t = useTexts(COMMON);
  if (pages.length < 2) return null;
  return (
    <nav class="tabs" aria-label={t('pages')}>
      {pages.map(({ name, title, icon }) => (
        <a key={name} class="tab" href={linkTo(name)} aria-current={name === current.name ? 'page' : undefined}>
          <Icon name={icon} />
          {t(title)}
        </a>
      ))}
    </nav>
  );
}
