import { useEffect } from 'react';
import { SignInPage } from '../features/sign-in/sign-in-page.tsx';
import { useServices } from '../lib/services.ts';
import { useStore } from '../lib/use-store.ts';
import { Home } from './home.tsx';

export function App() {
  const { session, reset, drafts } = useServices();
  const { phase } = useStore(session);
  useEffect(() => {
    if (phase === 'signed-in') return;
    // Nothing of one person stays for the next.
    reset();
    if (phase === 'signed-out') drafts.clear();
  }, [phase, reset, drafts]);
  return phase === 'signed-in' ? <Home /> : <SignInPage />;
}
