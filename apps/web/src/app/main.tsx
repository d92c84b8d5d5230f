import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createServices, ServicesProvider } from '../lib/services.ts';
import { App } from './app.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

const services = createServices(window);
createRoot(root).render(
  <StrictMode>
    <ServicesProvider value={services}>
      <App />
    </ServicesProvider>
  </StrictMode>,
);

// There is none in development; it can wait until the page stands.
if (import.meta.env.PROD) {
  window.addEventListener('load', () => {
    void import('../lib/worker-page.ts')
      .then(({ startWorker }) => startWorker({ page: window, ...services }))
      .catch(() => {
        // Forbidden by the browser or no network: the app works without it.
      });
  });
}
