// `npm test`, after setup.mjs: the vitest suite, then the native tests. Arguments go to vitest and leave the native
// tests out, so that `npm test -- test/run.test.ts` runs one file.
import { CommandError, fail } from './common.mjs'
import { hasCmake, runNative } from './native.mjs'
import { runSuite } from './suite.mjs'

const filters = process.argv.slice(2)
try {
  const counts = [await runSuite('vitest', { filters })]
  if (filters.length === 0) {
    if (hasCmake()) counts.push(await runNative())
    else process.stdout.write('native tests: left out, cmake is not installed\n')
  }
  process.exitCode = counts.every(({ failed }) => failed === 0) ? 0 : 1
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  fail(error.message)
}
