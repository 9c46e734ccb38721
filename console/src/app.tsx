import { useRef, useState } from 'preact/hooks';
import type { Configuration } from './base/configuration.ts';
import { LanguageProvider } from './base/context.ts';
import { usePreferences } from './base/preferences.ts';
import { useSearch } from './base/search.ts';
import type { Session } from './base/session.ts';
import { pageOf, pagesFor } from './pages.ts';
import { Boundary } from './parts/boundary.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { SignedIn } from './shell/signed-in.tsx';
import { Tabs } from './shell/tabs.tsx';
import { TopBar } from './shell/top-bar.tsx';

/** The console. Without a session, it shows the sign-in, and keeps the URL for later. */
export function App({ configuration }: { configuration: Configuration }) {
  const preferences = usePreferences();
  const [search, show] = useSearch();
  const { session, hasExpired, signIn, leave, expire } = useSession();
  return (
    <LanguageProvider value={preferences.language}>
      <TopBar {...(session && { session })} preferences={preferences} onSignOut={leave}>
        {session && <Tabs pages={pagesFor(session, configuration)} current={pageOf(search)} />}
      </TopBar>
      <Boundary key={session ? 'signed-in' : 'signed-out'}>
        {session ? (
          <SignedIn {...{ configuration, session, search, show }} onExpired={() => expire(session)} />
        ) : (
          <SignIn configuration={configuration} hasExpired={hasExpired} onSignedIn={signIn} />
        )}
      </Boundary>
    </LanguageProvider>
  );
}

/** Who is signed in. It exists in the memory of this page only. */
function useSession() {
  const [session, setSession] = useState<Session>();
  const [hasExpired, setExpired] = useState(false);
  const current = useRef(session);
  current.current = session;
  const end = (expired: boolean): void => {
    setExpired(expired);
    setSession(undefined);
  };
  return {
    session,
    hasExpired,
    signIn: setSession,
    leave: () => end(false),
    // A late answer to an earlier session says nothing about this one.
    expire: (ended: Session): void => void (current.current === ended && end(true)),
  };
}
