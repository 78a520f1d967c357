import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Sanitizers make everything several times slower.
const sanitized = process.env['ISOLATES_SANITIZER'] !== undefined
const patience = sanitized ? 4 : 1

export default defineConfig({
  resolve: {
    // The built package, as its users get it; loaded by Node itself, so every test file of a fork shares one copy.
    alias: { isolates: fileURLToPath(new URL('dist/index.mjs', import.meta.url)) },
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--expose-gc'],
    setupFiles: sanitized ? ['scripts/leaks.mjs'] : [],
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: patience * 30_000,
    hookTimeout: patience * 30_000,
    // The leak check of a fork takes as long as it takes; scripts/leaks.mjs has the last word.
    teardownTimeout: sanitized ? 90_000 : 10_000,
  },
})
