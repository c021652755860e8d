// How the console is built, and how it reaches a server while it is being worked on.
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const server = process.env.DISPATCH_SERVER ?? 'http://127.0.0.1:8080'
const toServer = { target: server, changeOrigin: false, secure: false, ws: true }

const policy = [
  "default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "media-src 'self' blob:",
  "worker-src 'self' blob:", "connect-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'",
].join('; ')

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    // Inlined assets would need `font-src data:`; everything stays a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  // The same policy as the server's: what it forbids must show while the console is being worked on.
  preview: { headers: { 'Content-Security-Policy': policy } },
  server: { proxy: { '/api': toServer, '/whip': toServer, '/whep': toServer, '/ws': toServer } },
  define: { __VUE_OPTIONS_API__: 'false', __VUE_I18N_FULL_INSTALL__: 'false', __VUE_I18N_LEGACY_API__: 'false' },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
})
