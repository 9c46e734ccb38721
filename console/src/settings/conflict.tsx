import { useTexts } from '#console/base/context.ts';
import { Foreign } from '#console/parts/parts.tsx';
import type { SettingsView } from '#shared/tenant-settings/responses.ts';
import { eventOf } from './catalogue.ts';
import { TEXTS } from './texts.ts';
import { changesBetween, cleaned, unitsOf } from './units.ts';
import type { Draft } from './use-settings.ts';

type Props = { draft: Draft; theirs: SettingsView; onMerge: () => void; onTake: () => void };

/** Another person has saved other settings while this person was editing. Nothing is lost, and nothing decided yet. */
export function Conflict({ draft, theirs, onMerge, onTake }: Props) {
  const t = useTexts(TEXTS);
  const { version, changedAt: _changedAt, ...settings } = theirs;
  const keys = changesBetween(draft.base, settings);
  const [before, other, mine] = [unitsOf(draft.base), unitsOf(settings), unitsOf(cleaned(draft.mine))];
  return (
    <section class="conflict" role="alert" aria-labelledby="conflict">
      <h2 id="conflict">{t('conflictTitle')}</h2>
      <p>{t('conflictLead', { version })}</p>
      <details open>
        <summary>{t('conflictChanges')}</summary>
        {keys.length === 0 ? (
          <p class="note">{t('conflictNothing')}</p>
        ) : (
          <div class="table-frame">
            <table class="differences">
              <thead>
                <tr>
                  <th scope="col">{t('setting')}</th>
                  <th scope="col">{t('before')}</th>
                  <th scope="col">{t('theirs')}</th>
                  <th scope="col">{t('mine')}</th>
                </tr>
              </thead>
              <tbody>
                {keys.map((key) => (
                  <tr key={key}>
                    <th scope="row">
                      <UnitName name={key} />
                    </th>
                    {[before, other, mine].map((units, column) => (
                      <td key={['before', 'theirs', 'mine'][column]}>
                        <UnitValue value={units.get(key)} />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </details>
      <div class="row">
        <button type="button" class="button strong" onClick={onMerge}>
          {t('merge')}
        </button>
        <button type="button" class="button" onClick={onTake}>
          {t('takeTheirs')}
        </button>
      </div>
    </section>
  );
}

const FIELD_TEXTS = {
  'brand/name': 'brandName',
  'brand/color': 'color',
  'brand/logoUrl': 'logoUrl',
  'sender/name': 'senderName',
  'sender/replyTo': 'replyTo',
  defaultLocale: 'locale',
} as const;

function UnitName({ name }: { name: string }) {
  const t = useTexts(TEXTS);
  const [group = '', of = '', channel = '', locale = ''] = name.split('/');
  if (isField(name)) return <>{t(FIELD_TEXTS[name])}</>;
  if (group === 'events') return <>{t.value('event', of)}</>;
  if (group === 'fallback') return <>{t.value('fallback', of)}</>;
  return (
    <>
      {t.value('event', eventOf(of) ?? of)}, {t.value('channel', channel)}, <Foreign text={locale} />
    </>
  );
}

const isField = (name: string): name is keyof typeof FIELD_TEXTS => Object.hasOwn(FIELD_TEXTS, name);

function UnitValue({ value }: { value: unknown }) {
  const t = useTexts(TEXTS);
  if (value === undefined) return <span class="sub">{t('nothing')}</span>;
  if (Array.isArray(value))
    return <>{value.length === 0 ? '–' : value.map((one) => t.value('channel', String(one))).join(', ')}</>;
  if (typeof value !== 'object' || value === null) return <Foreign text={String(value)} />;
  const parts = Object.entries(value).filter(([part]) => !['template', 'channel', 'locale'].includes(part));
  return (
    <>
      {parts.map(([part, text]) => (
        <span key={part} class="unit-part">
          <Foreign text={String(text)} />
        </span>
      ))}
    </>
  );
}
