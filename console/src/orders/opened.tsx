import { useTexts } from '#console/base/context.ts';
import type { PageProps } from '#console/base/page.ts';
import { MessageDialog } from '#console/messages/message-dialog.tsx';
import { Dialog } from '#console/parts/dialog.tsx';
import { Foreign } from '#console/parts/parts.tsx';
import type { Happenings } from './calls.ts';
import { type CauseNode, causesOf } from './causes.ts';
import { hrefOfEntry, useNaming } from './naming.ts';
import { NodeStatus } from './node-status.tsx';
import { Fact, ForeignFact, IdFact, TimeFact } from './subject.tsx';
import { TEXTS } from './texts.ts';
import { type Subject, searchOf } from './view.ts';

type Props = Pick<PageProps, 'api' | 'session' | 'show'> & { view: Subject; happenings: Happenings | undefined };

/** What is opened above an order or a customer: a message, or an entry of the timeline. */
export function Opened({ view, happenings, api, session, show }: Props) {
  const { kind, id, message, entry } = view;
  const close = (): void => show(searchOf({ kind, id }));
  if (message) return <MessageDialog key={message} id={message} {...{ api, session }} onClose={close} />;
  if (!entry || !happenings) return null;
  const node = causesOf(happenings.entries).find((one) => one.id === entry);
  return <EntryDialog key={entry} {...{ view, node }} onClose={close} />;
}

type EntryProps = { view: Subject; node: CauseNode | undefined; onClose: () => void };

/** Everything that the timeline says about a command, an event or a process, and where it leads. */
function EntryDialog({ view, node, onClose }: EntryProps) {
  const t = useTexts(TEXTS);
  const { nodeTitleOf } = useNaming();
  if (!node)
    return (
      <Dialog title={t('timeline')} onClose={onClose}>
        <p class="lead">{t('entryMissing')}</p>
      </Dialog>
    );
  const { entry, cause, effects } = node;
  const { title, kind } = nodeTitleOf(entry);
  return (
    <Dialog title={title} onClose={onClose} marks={<NodeStatus node={node} />}>
      <dl class="facts">
        <Fact name="kindOf">
          <Foreign text={kind} />
        </Fact>
        <ForeignFact name="process" text={entry.process} />
        <TimeFact name="at" at={entry.at} />
        <ForeignFact name="actor" text={entry.actor} />
        <ForeignFact name="reason" text={entry.code} />
        {entry.version !== undefined && <Fact name="version">{entry.version}</Fact>}
        <Fact name="cause">{cause ? <NodeLink view={view} node={cause} /> : t('aRequest')}</Fact>
        {effects.length > 0 && (
          <Fact name="effects">
            <ul>
              {effects.map((effect) => (
                <li key={effect.id}>
                  <NodeLink view={view} node={effect} />
                </li>
              ))}
            </ul>
          </Fact>
        )}
        <IdFact name="id" id={entry.id} />
        <IdFact name="causationId" id={cause ? undefined : entry.causationId} />
        <IdFact name="correlationId" id={entry.correlationId} />
      </dl>
    </Dialog>
  );
}

function NodeLink({ view, node: { entry } }: { view: Subject; node: CauseNode }) {
  const { nodeTitleOf } = useNaming();
  const { title, kind } = nodeTitleOf(entry);
  return (
    <>
      <a href={hrefOfEntry(view, entry)}>
        <Foreign text={title} />
      </a>{' '}
      <span class="sub">
        <Foreign text={kind} />
      </span>
    </>
  );
}
