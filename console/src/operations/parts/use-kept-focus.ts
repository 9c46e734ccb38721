import { useEffect, useRef } from 'preact/hooks';

/**
 * If a change removes the element that has the focus, the focus moves to the element with this reference, and not to the
 * beginning of the page.
 * @param change what may remove it.
 */
export function useKeptFocus<Kept extends HTMLElement>(change: string | undefined) {
  const kept = useRef<Kept>(null);
  const before = useRef(change);
  useEffect(() => {
    const isFirst = before.current === undefined;
    const isSame = before.current === change;
    before.current = change;
    if (!isFirst && !isSame && document.activeElement === document.body) kept.current?.focus();
  }, [change]);
  return kept;
}
