import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Sanitizers make everything several times slower.
const sanitized = process.env['ISOLATES_SANITIZER'] !== undefined
const preload = process.env['ISOLATES_PRELOAD']
// Longer than a program that a test starts may take (test/helpers/child.ts), so that the test can tell what it printed.
const timeout = sanitized ? 150_000 : 90_000

export default defineConfig({
  resolve: {
    // The built package, as its users get it; loaded by Node itself, so every test file of a fork shares one copy.
    alias: { isolates: fileURLToPath(new URL('dist/index.mjs', import.meta.url)) },
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Many tests wait for something most of the time.
    maxWorkers: Math.max(2, availableParallelism()),
    execArgv: ['--expose-gc'],
    // A sanitizer's runtime, for the forks and what tests start there; vitest and its bundler need none.
    env: preload === undefined ? {} : { LD_PRELOAD: preload },
    setupFiles: process.env['ISOLATES_SANITIZER'] === 'asan' ? ['scripts/leaks.mjs'] : [],
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: timeout,
    hookTimeout: timeout,
    // The leak check of a fork takes as long as it takes; scripts/leaks.mjs has the last word.
    teardownTimeout: sanitized ? 90_000 : 10_000,
  },
})
