import { useEffect, useState } from 'preact/hooks';

/** Shows another view of the console: the query of its URL, like `?page=orders`. */
export type Show = (search: string) => void;

/**
 * The query of the URL, which says what is shown. Each change is an entry of the history, so that Back leads to the
 * previous view and a copied URL shows the same one. A click on a link to another query changes the view without loading
 * the page again.
 */
export function useSearch(): [string, Show] {
  const [search, setSearch] = useState(location.search);
  const show: Show = (next) => {
    history.pushState(null, '', next || location.pathname);
    setSearch(next);
  };
  useEffect(() => {
    const follow = (): void => setSearch(location.search);
    const open = (event: MouseEvent): void => {
      const target = isPlain(event) ? searchBehind(event.target) : undefined;
      if (target === undefined) return;
      event.preventDefault();
      show(target);
    };
    addEventListener('popstate', follow);
    document.addEventListener('click', open);
    return () => {
      removeEventListener('popstate', follow);
      document.removeEventListener('click', open);
    };
  }, []);
  return [search, show];
}

/** With a modifier, the browser opens a tab or a window. */
const isPlain = ({ defaultPrevented, button, metaKey, ctrlKey, shiftKey, altKey }: MouseEvent): boolean =>
  !defaultPrevented && button === 0 && !(metaKey || ctrlKey || shiftKey || altKey);

/** The query of the link that was clicked, if it leads to a view of this page. */
function searchBehind(target: EventTarget | null): string | undefined {
  const link = target instanceof Element ? target.closest('a') : null;
  if (!link?.hasAttribute('href') || link.target || link.hash) return undefined;
  return link.origin === location.origin && link.pathname === location.pathname ? link.search : undefined;
}
