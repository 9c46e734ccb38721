import { useTexts } from '#console/base/context.ts';
import type { PageProps } from '#console/base/page.ts';
import { AuditView } from './audit/audit-view.tsx';
import { GroupsView } from './groups/groups-view.tsx';
import { LettersView } from './letters/letters-view.tsx';
import './operations.css';
import { OverviewView } from './overview/overview-view.tsx';
import { useKeptFocus } from './parts/use-kept-focus.ts';
import { RedrivesView } from './redrives/redrives-view.tsx';
import { ReplaysView } from './replays/replays-view.tsx';
import { SubscribersView } from './subscribers/subscribers-view.tsx';
import { TEXTS } from './texts.ts';
import type { ViewProps } from './view-props.ts';
import { linkToView, VIEWS, type ViewName, viewOf } from './views.ts';
import { WaitingView } from './waiting/waiting-view.tsx';

const CONTENTS = {
  overview: OverviewView,
  waiting: WaitingView,
  groups: GroupsView,
  letters: LettersView,
  redrives: RedrivesView,
  subscribers: SubscribersView,
  replays: ReplaysView,
  audit: AuditView,
} as const satisfies Record<ViewName, (props: ViewProps) => unknown>;

/** The page of operators: what is stuck, why, and what can be done about it. The URL names the view. */
export default function OperationsPage({ search, show, api, session }: PageProps) {
  const { name, query } = viewOf(search);
  const Content = CONTENTS[name];
  const content = useKeptFocus<HTMLDivElement>(search);
  return (
    <div class="ops">
      <Navigation current={name} />
      <div class="ops-view" tabIndex={-1} ref={content}>
        <Content key={name} {...{ query, show, api, session }} />
      </div>
    </div>
  );
}

function Navigation({ current }: { current: ViewName }) {
  const t = useTexts(TEXTS);
  return (
    <nav class="ops-nav" aria-label={t('views')}>
      {VIEWS.map((view) => (
        <a key={view} href={linkToView(view)} aria-current={view === current ? 'page' : undefined}>
          {t(`view.${view}`)}
        </a>
      ))}
    </nav>
  );
}
