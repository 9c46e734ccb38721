import { useTexts } from '#console/base/context.ts';
import { linkTo } from '#console/base/links.ts';
import type { PageProps } from '#console/base/page.ts';
import { mayUse } from '#console/base/session.ts';
import { FailureState, Skeleton } from '#console/parts/parts.tsx';
import { Group } from '../group.tsx';
import { EndpointCard } from './endpoint-card.tsx';
import { EMPTY, type EndpointDraft, NEW } from './endpoints.ts';
import { Secret } from './secret.tsx';
import { TEXTS } from './texts.ts';
import { removedDrafts, useEndpoints, useEventTypes } from './use-endpoints.ts';
import './webhooks.css';

const ADD_BUTTON = 'add-endpoint';

/** The endpoints that receive webhooks. The URL names the one that is open. */
export function WebhooksSection({ search, show, api, session }: Omit<PageProps, 'configuration'>) {
  const t = useTexts(TEXTS);
  const used = useEndpoints(api, session);
  const offered = useEventTypes(api);
  const opened = new URLSearchParams(search).get('endpoint') ?? undefined;
  const { view, failure, secrets, drafts } = used;
  if (!view) return failure ? <FailureState failure={failure} /> : <Skeleton />;
  const mayWrite = mayUse(session, 'messages:write');
  const open = (endpoint?: string): void => show(linkTo('settings', { section: 'webhooks', endpoint }));
  const common = (key: string, draft: EndpointDraft | undefined) => ({
    ...{ api, used, offered, mayWrite, draft },
    isOpen: opened === key,
    onToggle: (isOpen: boolean) => isOpen !== (opened === key) && open(isOpen ? key : undefined),
    onRemoved: () => document.getElementById(ADD_BUTTON)?.focus(),
  });
  const added = drafts.get(NEW);
  return (
    <div class="settings groups">
      {secrets.map((one) => (
        <Secret key={one.secret} secret={one} onDone={() => used.forget(one)} />
      ))}
      <Group title={t('endpoints')} lead={t('endpointsLead')} path="/endpoints">
        {view.endpoints.length === 0 && !added && <p class="note">{t('noEndpoints')}</p>}
        {view.endpoints.map((endpoint, index) => (
          <EndpointCard
            key={endpoint.endpointId}
            {...common(endpoint.endpointId, drafts.get(endpoint.endpointId))}
            {...{ endpoint, index }}
            name={endpoint.endpointId}
          />
        ))}
        {[...removedDrafts(used), ...(added ? [[NEW, added] as const] : [])].map(([name, draft]) => (
          <EndpointCard key={name} {...common(name, draft)} name={name} isOpen index={view.endpoints.length} />
        ))}
        {mayWrite && !added && (
          <div class="row">
            <button id={ADD_BUTTON} type="button" class="button" onClick={() => used.setDraft(NEW, EMPTY)}>
              {t('addEndpoint')}
            </button>
          </div>
        )}
      </Group>
    </div>
  );
}
