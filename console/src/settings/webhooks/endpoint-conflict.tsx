import { useTexts } from '#console/base/context.ts';
import { Foreign } from '#console/parts/parts.tsx';
import { type EndpointDraft, type EndpointFields, type FieldName, merged } from './endpoints.ts';
import { TEXTS } from './texts.ts';

type Props = {
  draft: EndpointDraft;
  theirs: EndpointFields;
  /** What the other person has changed. */
  fields: readonly FieldName[];
  onDecide: (draft: EndpointDraft | undefined) => void;
};

/** Another person has saved this endpoint while this person was editing it. Nothing is lost, and nothing decided yet. */
export function EndpointConflict({ draft, theirs, fields, onDecide }: Props) {
  const t = useTexts(TEXTS);
  return (
    <section class="conflict" role="alert" aria-labelledby="endpoint-conflict">
      <h3 id="endpoint-conflict">{t('conflictTitle')}</h3>
      <p>{t('conflictLead')}</p>
      <div class="table-frame">
        <table class="differences">
          <thead>
            <tr>
              <th scope="col">{t('setting')}</th>
              <th scope="col">{t('theirs')}</th>
              <th scope="col">{t('mine')}</th>
            </tr>
          </thead>
          <tbody>
            {fields.map((name) => (
              <tr key={name}>
                <th scope="row">{t(name)}</th>
                {[theirs, draft.mine].map((side) => (
                  <td key={side === theirs ? 'theirs' : 'mine'}>
                    <Value value={side[name]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="row">
        <button type="button" class="button strong" onClick={() => onDecide(merged(draft, theirs))}>
          {t('merge')}
        </button>
        <button type="button" class="button" onClick={() => onDecide(undefined)}>
          {t('takeTheirs')}
        </button>
      </div>
    </section>
  );
}

function Value({ value }: { value: EndpointFields[FieldName] }) {
  const t = useTexts(TEXTS);
  if (typeof value === 'boolean') return <>{t(value ? 'on' : 'off')}</>;
  const lines = typeof value === 'string' ? [value] : value;
  return (
    <>
      {lines.map((line) => (
        <span key={line} class="unit-part">
          <Foreign text={line || '–'} />
        </span>
      ))}
    </>
  );
}
