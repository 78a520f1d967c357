// Builds the addon with cmake-js into build-cmake/Release; with --test, runs tests of every part of it.
import { join } from 'node:path'
import { CommandError, fail, isMain, jobs, root, run, step, withLock } from './common.mjs'
import { describeNode, headerEnvironment } from './headers.mjs'
import { everyPart, runSuite } from './suite.mjs'

export async function buildCmake() {
  const { prefix, version } = describeNode(process.execPath)
  await withLock('cmake', () =>
    step(`addon for Node ${version} by cmake-js`, async () => {
      const args = ['compile', '--out', 'build-cmake', '--parallel', String(jobs), '--CDISOLATES_WERROR=ON']
      // cmake-js downloads headers unless its runtime directory, which it takes from npm_config_nodedir, has them.
      await run(process.execPath, [join(root, 'node_modules/cmake-js/bin/cmake-js'), ...args], {
        env: headerEnvironment(prefix),
      })
      return 'built'
    }),
  )
  return join(root, 'build-cmake/Release/isolates.node')
}

if (isMain(import.meta.url)) {
  try {
    const addon = await buildCmake()
    if (process.argv.includes('--test')) {
      const { failed } = await runSuite('cmake', { addon, filters: everyPart })
      process.exitCode = failed === 0 ? 0 : 1
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    fail(error.message)
  }
}
