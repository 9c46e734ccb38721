import type { ComponentChildren } from 'preact';
import { useTexts } from '#console/base/context.ts';
import type { Failure } from '#console/base/failure.ts';
import { FailureState, Foreign, LiveMark, Placeholder, Skeleton, Status, Time } from '#console/parts/parts.tsx';
import { TEXTS, type TextName } from './texts.ts';
import { searchOf } from './view.ts';

type HeadProps = { title: string; id: string; status: string | undefined; isLive: boolean | undefined };

/** What an order or a customer page is about. */
export function SubjectHead({ title, id, status, isLive }: HeadProps) {
  const t = useTexts(TEXTS);
  return (
    <>
      <a class="back" href={searchOf({ kind: 'list', filters: {} })}>
        <span aria-hidden="true">←</span> {t('allOrders')}
      </a>
      <div class="page-head">
        <h1>
          {title}{' '}
          <span class="subject-id code">
            <Foreign text={id} />
          </span>
        </h1>
        {status && <Status status={status} />}
        <span role="status">{isLive !== undefined && <LiveMark isLive={isLive} />}</span>
      </div>
    </>
  );
}

/** The state in place of an order or a customer that is not there. @param notFound says so. */
export function SubjectState({ failure, notFound }: { failure: Failure | undefined; notFound: string }) {
  const t = useTexts(TEXTS);
  if (!failure) return <Skeleton />;
  if (failure.kind !== 'not-found') return <FailureState failure={failure} scope="orders:read" />;
  return (
    <Placeholder icon="question" title={notFound}>
      {t('notFoundLead')}
    </Placeholder>
  );
}

/** A fact about an order, a customer or an entry. Without a value, nothing is shown. */
export function Fact({ name, children }: { name: TextName; children: ComponentChildren }) {
  const t = useTexts(TEXTS);
  if (children === undefined) return null;
  return (
    <div>
      <dt>{t(name)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A fact that a customer or another system wrote. */
export const ForeignFact = ({ name, text }: { name: TextName; text: string | undefined }) =>
  text === undefined ? null : (
    <Fact name={name}>
      <Foreign text={text} />
    </Fact>
  );

/** A fact that is an id. */
export const IdFact = ({ name, id, href }: { name: TextName; id: string | undefined; href?: string }) => {
  if (id === undefined) return null;
  const shown = <Foreign text={id} />;
  return (
    <Fact name={name}>
      <span class="code">{href === undefined ? shown : <a href={href}>{shown}</a>}</span>
    </Fact>
  );
};

export const TimeFact = ({ name, at }: { name: TextName; at: string | undefined }) =>
  at === undefined ? null : (
    <Fact name={name}>
      <Time at={at} />
    </Fact>
  );

type Contact = { name?: string; email?: string; phone?: string; locale?: string };

/** How a person is reached. Nothing of it remains after an erasure. */
export function ContactFacts({ contact }: { contact: Contact | undefined }) {
  const t = useTexts(TEXTS);
  if (!contact) return <Fact name="contact">{t('contactErased')}</Fact>;
  return (
    <>
      <ForeignFact name="name" text={contact.name} />
      <ForeignFact name="email" text={contact.email} />
      <ForeignFact name="phone" text={contact.phone} />
      <ForeignFact name="locale" text={contact.locale} />
    </>
  );
}
