import type { FunctionComponent } from 'preact';
import type { IconName } from '#console/parts/icons.tsx';
import type { Api } from './api.ts';
import type { CommonName } from './common-texts.ts';
import type { Configuration } from './configuration.ts';
import type { Show } from './search.ts';
import type { Session } from './session.ts';

/** What every page gets. `search` is the query of the URL: a page reads its own parameters in it. */
export type PageProps = { search: string; show: Show; api: Api; session: Session; configuration: Configuration };

/** A page of the console, behind a tab. */
export type Page = {
  /** The value of `page` in the URL. */
  name: string;
  title: CommonName;
  icon: IconName;
  /** The scope without which the page can show nothing. */
  scope: string;
  /** Stages on which the page exists. Default: all. */
  existsOn?: (configuration: Configuration) => boolean;
  /** Each page is a file of its own, so that the first load stays small. */
  load: () => Promise<{ default: FunctionComponent<PageProps> }>;
};
