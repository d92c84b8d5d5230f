import { Navigate, Route, Router, Routes } from 'react-router';
import { lazily } from '../components/lazily.tsx';
import { useServices } from '../lib/services.ts';
import { useStore } from '../lib/use-store.ts';
import { ChatRoute } from './chat-route.tsx';
import { Shell } from './shell.tsx';

const AccessPage = lazily(async () => (await import('../features/access/access-page.tsx')).AccessPage);
const ComputerPage = lazily(async () => (await import('../features/computers/computer-page.tsx')).ComputerPage);
const ComputersPage = lazily(async () => (await import('../features/computers/computers-page.tsx')).ComputersPage);
const GuidePage = lazily(async () => (await import('../features/guide/guide-page.tsx')).GuidePage);
const SettingsPage = lazily(async () => (await import('../features/settings/settings-page.tsx')).SettingsPage);

/** The pages. All but the chat come when they are first opened. */
export function Pages() {
  const { router } = useServices();
  const { path } = useStore(router.route);
  return (
    <Router location={path} navigator={router.navigator}>
      <Routes>
        <Route element={<Shell />}>
          {/* One element for all, so that a new chat keeps its page when it gets an address. */}
          <Route element={<ChatRoute />}>
            <Route index />
            <Route path="c/:conversationId" />
            <Route path="auth/callback" />
          </Route>
          <Route path="computers" element={<ComputersPage />} />
          <Route path="computers/:bridgeId" element={<ComputerPage />} />
          <Route path="access/*" element={<AccessPage />} />
          <Route path="settings" element={<SettingsPage />} />
          <Route path="welcome" element={<GuidePage />} />
          <Route path="*" element={<Navigate to="/" replace />} />
        </Route>
      </Routes>
    </Router>
  );
}
