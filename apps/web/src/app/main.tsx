import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createServices, ServicesProvider } from '../lib/services.ts';
import { App } from './app.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

createRoot(root).render(
  <StrictMode>
    <ServicesProvider value={createServices(window)}>
      <App />
    </ServicesProvider>
  </StrictMode>,
);
