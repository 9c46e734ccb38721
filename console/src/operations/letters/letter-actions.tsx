import { useState } from 'preact/hooks';
import { useTexts } from '#console/base/context.ts';
import type { AuditEntryView, DeadLetterView } from '#shared/dead-letter/responses.ts';
import { ActionForm } from '../parts/action-form.tsx';
import { useChange } from '../parts/use-change.ts';
import type { ViewProps } from '../view-props.ts';
import { linkToView } from '../views.ts';
import { indented, messageIn } from './message-text.ts';
import { TEXTS } from './texts.ts';

type Props = Pick<ViewProps, 'api' | 'show'> & { letter: DeadLetterView; again: () => Promise<boolean> };

/** What can be done with an open dead letter by itself. */
export function LetterActions(props: Props) {
  return (
    <div class="ops-actions">
      <Discard {...props} />
      {props.letter.message && <Edit {...props} message={props.letter.message} />}
    </div>
  );
}

const pathOf = ({ deadLetterId }: DeadLetterView, action: string): string =>
  `/dead-letters/${encodeURIComponent(deadLetterId)}/${action}`;

function Discard({ api, letter, again }: Props) {
  const t = useTexts(TEXTS);
  const change = useChange(api);
  return (
    <ActionForm
      title={t('discard')}
      lead={t('discardLead')}
      fields={[{ name: 'reason', label: t('reasonToGive'), longest: 500 }]}
      typed={`discard ${letter.deadLetterId}`}
      change={change}
      onSend={async ({ reason }) => {
        const entry = await change.send({ path: pathOf(letter, 'discard'), body: { reason } });
        // After a refusal, the dead letter shows what another person did.
        await again();
        return entry !== undefined;
      }}
    />
  );
}

/** Whether the stage permits it is known to the API only: it refuses with the reason. */
function Edit({ api, show, letter, again, message }: Props & { message: string }) {
  const t = useTexts(TEXTS);
  const change = useChange(api);
  const [isFaulty, setFaulty] = useState(false);
  const send = async ({ text = '', reason }: Readonly<Record<string, string>>): Promise<boolean> => {
    const edited = messageIn(text);
    setFaulty(edited === undefined);
    if (edited === undefined) return false;
    const body = { message: edited, reason };
    const entry = await change.send<AuditEntryView>({ path: pathOf(letter, 'edit'), body });
    if (entry?.editedTo) show(linkToView('letters', { letter: entry.editedTo }));
    else await again();
    return entry !== undefined;
  };
  return (
    <div>
      <ActionForm
        title={t('edit')}
        lead={t('editLead')}
        fields={[
          { name: 'text', label: t('editedMessage'), longest: 32_000, initial: indented(message), lines: 14 },
          { name: 'reason', label: t('reasonToGive'), longest: 500 },
        ]}
        typed={`edit ${letter.deadLetterId}`}
        change={change}
        onSend={send}
      />
      <p class="fault" role="alert">
        {isFaulty && t('notJson')}
      </p>
    </div>
  );
}
