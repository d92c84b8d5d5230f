import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect } from 'react';
import { SignInPage } from '../features/sign-in/sign-in-page.tsx';
import { useServices } from '../lib/services.ts';
import { useStore } from '../lib/use-store.ts';
import { Pages } from './routes.tsx';

export function App() {
  const { session, reset, forgetLeft, queries } = useServices();
  const { phase } = useStore(session);
  useEffect(() => {
    if (phase === 'signed-in') return;
    // Nothing of one person stays for the next.
    reset();
    if (phase === 'signed-out') void forgetLeft();
  }, [phase, reset, forgetLeft]);
  return (
    // Its style elements are inline, which the content security policy does not allow; styles.css has them.
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queries}>{phase === 'signed-in' ? <Pages /> : <SignInPage />}</QueryClientProvider>
    </CSPProvider>
  );
}
