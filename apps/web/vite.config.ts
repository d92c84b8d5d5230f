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
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Nothing is inlined: the content security policy allows neither inline scripts nor data: fonts and styles.
    assetsInlineLimit: 0,
    sourcemap: false,
    // Mermaid and the grammars are large, and come only when they are needed.
    chunkSizeWarningLimit: 1_500,
    // The frame in which diagrams are drawn is a page of its own.
    rolldownOptions: { input: ['index.html', 'diagram.html'] },
  },
  // Grammars come one by one in the worker too.
  worker: { format: 'es' },
  server: { proxy: { '/api': RELAY, '/oidc': RELAY, '/ws': { target: RELAY, ws: true } } },
});
