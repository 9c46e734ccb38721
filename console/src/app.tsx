import { useRef, useState } from 'preact/hooks';
import type { Configuration } from './base/configuration.ts';
import { LanguageProvider } from './base/context.ts';
import { forgetDrafts } from './base/draft.ts';
import { usePreferences } from './base/preferences.ts';
import { useSearch } from './base/search.ts';
import type { Session } from './base/session.ts';
import { pageOf, pagesFor } from './pages.ts';
import { Boundary } from './parts/boundary.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { SignedIn } from './shell/signed-in.tsx';
import { Tabs } from './shell/tabs.tsx';
import { TopBar } from './shell/top-bar.tsx';

/** What came of a sign-in outside this page. */
export type Returned = { session?: Session; hasFailed?: boolean };

/** The console. Without a session, it shows the sign-in, and keeps the URL for later. */
export function App({ configuration, returned }: { configuration: Configuration; returned: Returned }) {
  const preferences = usePreferences();
  const [search, show] = useSearch();
  const { session, hasExpired, signIn, leave, expire } = useSession(returned.session);
  return (
    <LanguageProvider value={preferences.language}>
      <TopBar
        {...(session && { session })}
        preferences={preferences}
        onSignOut={() => void signOut(configuration, leave)}
      >
        {session && <Tabs pages={pagesFor(session, configuration)} current={pageOf(search)} />}
      </TopBar>
      <Boundary key={session ? 'signed-in' : 'signed-out'}>
        {session ? (
          <SignedIn {...{ configuration, session, search, show }} onExpired={() => expire(session)} />
        ) : (
          <SignIn
            configuration={configuration}
            hasExpired={hasExpired}
            hasFailed={returned.hasFailed ?? false}
            onSignedIn={signIn}
          />
        )}
      </Boundary>
    </LanguageProvider>
  );
}

/** Who is signed in. It exists in the memory of this page only. */
function useSession(first: Session | undefined) {
  const [session, setSession] = useState(first);
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
    leave: () => {
      forgetDrafts();
      end(false);
    },
    // A late answer to an earlier session says nothing about this one.
    expire: (ended: Session): void => void (current.current === ended && end(true)),
  };
}

/** Ends the session, and the one of the issuer: otherwise the next click would sign the same person in. */
async function signOut({ signIn }: Configuration, leave: () => void): Promise<void> {
  const url = signIn.kind === 'pkce' ? (await import('./shell/pkce.ts')).signOutUrl(signIn) : undefined;
  leave();
  if (url !== undefined) location.assign(url);
}
