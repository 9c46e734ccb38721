import type { ComponentChildren } from 'preact';

export type Fact = { title: string; value: ComponentChildren };

/** Names and values. A value that is absent has no line. */
export const Facts = ({ facts }: { facts: readonly Fact[] }) => (
  <dl class="facts">
    {facts
      .filter(({ value }) => value !== undefined && value !== '' && value !== false)
      .map(({ title, value }) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
);
