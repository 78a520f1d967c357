// `npm run lint:tidy`: clang-tidy over every source, with the compile commands of the cmake-js build. Slow, since
// each file brings V8's headers along; arguments pick the sources whose path contains one of them.
import { buildCmake } from './build-cmake.mjs'
import { CommandError, fail, jobs, listFiles, run, step } from './common.mjs'

const wanted = process.argv.slice(2)
const sources = listFiles(
  ['native'],
  (file) => file.endsWith('.cc') && (wanted.length === 0 || wanted.some((part) => file.includes(part))),
)

try {
  await buildCmake()
  let failed = false
  const queue = [...sources]
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const { code, output } = await run('clang-tidy', ['-p', 'build-cmake', '--quiet', file], { allowFailure: true })
      if (code === 0) continue
      failed = true
      process.stderr.write(`${output}\n`)
    }
  }
  await step(`clang-tidy, ${sources.length} files`, () =>
    Promise.all(Array.from({ length: jobs }, worker)).then(() => undefined),
  )
  process.exitCode = failed ? 1 : 0
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  fail(error.message)
}
