// `npm run test:asan`: the suite on an addon built with AddressSanitizer and UndefinedBehaviorSanitizer, under the
// ordinary node binary.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { addonDirectory, buildAddon } from './build-addon.mjs'
import { CommandError, cache, fail } from './common.mjs'
import { endToEnd, record, runSuite } from './suite.mjs'

const compiler = process.env.CXX ?? 'g++'
const reports = join(cache, 'asan')
const filters = process.argv.slice(2)

/**
 * What the sanitizer wrote in any process, also in one whose exit code nobody looked at. Of leaks, those that our
 * code made: on process.exit() Node itself leaves most of what its JavaScript heap alone refers to.
 */
function findings() {
  return readdirSync(reports).flatMap((name) => {
    // A thread that the leak check could not stop is no finding by itself.
    const text = readFileSync(join(reports, name), 'utf8').replace(
      /^==\d+==Running thread \d+ was not suspended\..*$/gm,
      '',
    )
    if (text.trim() === '') return []
    return text.includes('LeakSanitizer') ? text.split('\n\n').filter(isOurLeak) : [text]
  })
}

/**
 * Whether our code allocated it by itself, or with one of the calls of V8 that hand over an owned object. What Node
 * and V8 allocate for themselves while we call them belongs to the host's heap.
 */
function isOurLeak(record) {
  if (!/^(Direct|Indirect) leak/m.test(record)) return false
  const frames = record.split('\n').filter((line) => /^\s*#\d+ /.test(line))
  const ours = frames.findIndex((frame) => /\bnative\/\w+\//.test(frame))
  if (ours === -1) return false
  const last = frames.slice(0, ours).findLast((frame) => /\/node\+0x|\.\.\/deps\/|<unknown module>/.test(frame))
  return last === undefined || /v8::(Isolate::Allocate|\w+::NewBackingStore)\(/.test(last)
}

try {
  const addon = await buildAddon({ asan: true, dir: addonDirectory('asan') })
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports, { recursive: true })
  // node itself is not instrumented, so the runtime has to be there before it: preloaded, in children too.
  const runtime = execFileSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim()
  const counts = await runSuite('asan', {
    addon,
    filters,
    exclude: filters.length === 0 ? endToEnd : [],
    minutes: 30,
    execArgv: ['--import', new URL('leaks.mjs', import.meta.url).href],
    env: {
      LD_PRELOAD: runtime,
      // Leaks are looked for in the reports, not in exit codes; any other finding aborts. V8 ends a process by a trap: its
      // stack is a report too. So is that of undefined behaviour, an illegal instruction.
      // The thread-local storage of a library is found by the leak check without the runtime's own note of it, which
      // takes a block that begins 16 bytes into a page, as one of 64 does here, for one with the header of an older
      // glibc: the check then reads from wherever that points to.
      ASAN_OPTIONS: [
        ...['detect_leaks=1', 'exitcode=0', 'abort_on_error=1', 'handle_sigtrap=1', 'handle_sigill=1'],
        ...['intercept_tls_get_addr=0', `log_path="${join(reports, 'report')}"`],
      ].join(':'),
      // Everything is slower; tests that measure time ask for this.
      ISOLATES_SANITIZER: 'asan',
    },
  })
  const found = findings()
  for (const text of found) process.stderr.write(`${text}\n`)
  record('asan', { ...counts, failed: counts.failed + found.length, failures: [...counts.failures, ...found] })
  process.exitCode = counts.failed + found.length === 0 ? 0 : 1
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  fail(error.message)
}
