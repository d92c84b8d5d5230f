import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm start` listens unless told otherwise; only the development server needs to know. */
const RELAY = 'http://localhost:3000';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // Nothing is inlined: the content security policy allows neither inline scripts nor data: fonts and styles.
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, sourcemap: false },
  server: { proxy: { '/api': RELAY, '/oidc': RELAY, '/ws': { target: RELAY, ws: true } } },
});
