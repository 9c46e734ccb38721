import { useMemo, useRef, useState } from 'preact/hooks';
import { apiOf } from './api.ts';
import { Boundary } from './boundary.tsx';
import type { Configuration } from './configuration.ts';
import { LanguageProvider } from './context.ts';
import { LogPage } from './log-page.tsx';
import { MessageDialog } from './message-dialog.tsx';
import { usePreferences } from './preferences.ts';
import type { Session } from './session.ts';
import { SignIn } from './sign-in.tsx';
import { TopBar } from './top-bar.tsx';
import { useLog } from './use-log.ts';
import { useView } from './use-view.ts';

/** The console. Without a session, it shows the sign-in, and keeps the URL for later. */
export function App({ configuration }: { configuration: Configuration }) {
  const preferences = usePreferences();
  const [session, setSession] = useState<Session>();
  const [hasExpired, setExpired] = useState(false);
  const current = useRef(session);
  current.current = session;
  const leave = (expired: boolean): void => {
    setExpired(expired);
    setSession(undefined);
  };
  // A late answer to an earlier session says nothing about this one.
  const expire = (ended: Session): void => void (current.current === ended && leave(true));
  return (
    <LanguageProvider value={preferences.language}>
      <TopBar
        {...(session && { session })}
        {...(configuration.inboxUrl && { inboxUrl: configuration.inboxUrl })}
        preferences={preferences}
        onSignOut={() => leave(false)}
      />
      <Boundary key={session ? 'signed-in' : 'signed-out'}>
        {session ? (
          <SignedIn configuration={configuration} session={session} onExpired={() => expire(session)} />
        ) : (
          <SignIn configuration={configuration} hasExpired={hasExpired} onSignedIn={setSession} />
        )}
      </Boundary>
    </LanguageProvider>
  );
}

type SignedInProps = { configuration: Configuration; session: Session; onExpired: () => void };

function SignedIn({ configuration, session, onExpired }: SignedInProps) {
  const [{ filters, message }, show] = useView();
  const api = useMemo(() => apiOf(configuration.apiUrl, session, onExpired), [session]);
  const { take, ...log } = useLog(api, filters);
  return (
    <>
      <LogPage
        {...log}
        api={api}
        session={session}
        offersSample={configuration.signIn.kind === 'demo'}
        filters={filters}
        onFilters={(chosen) => show({ filters: chosen })}
        onOpen={(id) => show({ filters, message: id })}
      />
      {message && (
        <MessageDialog
          key={message}
          id={message}
          api={api}
          session={session}
          onRead={take}
          onClose={() => show({ filters })}
        />
      )}
    </>
  );
}
