import { Navigate, Route, Routes } from 'react-router';
import { lazily } from '../../components/lazily.tsx';
import { AccessFrame } from './access-frame.tsx';
import { ActivityPage } from './activity-page.tsx';
import { KeysPage } from './keys-page.tsx';
import { LimitsPage } from './limits-page.tsx';
import { ProxiesPage } from './proxies-page.tsx';

const ProxyPage = lazily(async () => (await import('./proxy-page.tsx')).ProxyPage);

/** How programs and other people reach the person's computers. */
export function AccessPage() {
  return (
    <Routes>
      <Route element={<AccessFrame />}>
        <Route index element={<KeysPage />} />
        <Route path="proxies" element={<ProxiesPage />} />
        <Route path="activity" element={<ActivityPage />} />
        <Route path="limits" element={<LimitsPage />} />
      </Route>
      <Route path="proxies/:proxyId" element={<ProxyPage />} />
      <Route path="*" element={<Navigate to="/access" replace />} />
    </Routes>
  );
}
