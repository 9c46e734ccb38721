import type { ComponentChildren } from 'preact';
import { Faults } from './fields.tsx';
import { fieldId, useForm } from './form-context.ts';

type Props = { title: string; lead: string; path: string; children: ComponentChildren };

/** Fields that belong together. Faults of the group as a whole are at its beginning. */
export function Group({ title, lead, path, children }: Props) {
  const id = fieldId(path);
  const faults = useForm().faults.filter((fault) => fault.path === path);
  return (
    <section class="group" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      <p class="lead">{lead}</p>
      <Faults faults={faults} />
      {children}
    </section>
  );
}
