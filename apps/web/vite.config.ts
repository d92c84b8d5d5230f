import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { licence } from './build/licence-plugin.ts';
import { serviceWorker } from './build/service-worker-plugin.ts';
import manifest from './package.json' with { type: 'json' };

/** Where `npm start` listens unless told otherwise; only the development server needs to know. */
const RELAY = 'http://localhost:3000';

export default defineConfig({
  plugins: [react(), tailwindcss(), licence(), serviceWorker()],
  define: { 'import.meta.env.VITE_APP_VERSION': JSON.stringify(manifest.version) },
  // Nothing is inlined: the content security policy allows neither inline scripts nor data: fonts and styles.
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, sourcemap: false },
  server: { proxy: { '/api': RELAY, '/oidc': RELAY, '/ws': { target: RELAY, ws: true } } },
});
