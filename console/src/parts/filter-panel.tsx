import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { COMMON } from '#console/base/common-texts.ts';
import { useTexts } from '#console/base/context.ts';
import { Icon } from './icons.tsx';
import './filter-panel.css';

/** The filters of a list. They are folded where they would take the place of the first rows, and a person can open them there. */
export function FilterPanel({ count = 0, children }: { count?: number; children: ComponentChildren }) {
  const t = useTexts(COMMON);
  const [isOpen, setOpen] = useState(WIDE.matches);
  useEffect(() => {
    const follow = ({ matches }: MediaQueryListEvent): void => setOpen(matches);
    WIDE.addEventListener('change', follow);
    return () => WIDE.removeEventListener('change', follow);
  }, []);
  return (
    <details class="filters" open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <Icon name="filter" />
        {t('filters')}
        {count > 0 && <span class="tag">{t('filterCount', { count })}</span>}
      </summary>
      {children}
    </details>
  );
}

const WIDE = matchMedia('(min-width: 60rem)');
