import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Fault } from '#console/base/failure.ts';

/** What every field of the form needs to know. `faults` are those of the latest answer, by path. */
export type FormState = { faults: readonly Fault[]; isReadOnly: boolean };

const FormContext = createContext<FormState>({ faults: [], isReadOnly: false });
export const FormProvider = FormContext.Provider;
export const useForm = (): FormState => useContext(FormContext);

/** The id of the field for a path of the settings, like `/brand/color`. */
export const fieldId = (path: string): string => `field-${path.replaceAll('/', '-')}`;

/** Shows the field of a fault, and puts the focus there. A fault of a list or of a whole text is at its first field. */
export function focusField(path: string): void {
  const id = fieldId(path);
  const field = document.getElementById(id) ?? document.querySelector<HTMLElement>(`[id^="${CSS.escape(`${id}-`)}"]`);
  field?.closest('details')?.setAttribute('open', '');
  field?.focus();
}
