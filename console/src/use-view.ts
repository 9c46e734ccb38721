import { useEffect, useState } from 'preact/hooks';
import { searchOf, type View, viewOf } from './filters.ts';

/**
 * The view that the URL shows. Each change is an entry of the history, so that Back leads to the previous view and a
 * copied URL shows the same one.
 */
export function useView(): [View, (view: View) => void] {
  const [view, setView] = useState(() => viewOf(location.search));
  useEffect(() => {
    const follow = (): void => setView(viewOf(location.search));
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  const show = (next: View): void => {
    history.pushState(null, '', searchOf(next) || location.pathname);
    setView(next);
  };
  return [view, show];
}
