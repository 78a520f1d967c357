// `npm run test:asan`: the suite on an addon built with AddressSanitizer and UndefinedBehaviorSanitizer.
import { runSanitized } from './sanitized.mjs'

/** Of leaks, those that our code made: on process.exit() Node itself leaves most of what its JavaScript heap alone refers to. */
function findings(report) {
  // A thread that the leak check could not stop is no finding by itself.
  const text = report.replace(/^==\d+==Running thread \d+ was not suspended\..*$/gm, '')
  if (text.trim() === '') return []
  return text.includes('LeakSanitizer') ? text.split('\n\n').filter(isOurLeak) : [text]
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

await runSanitized('asan', {
  findings,
  minutes: 30,
  execArgv: ['--import', new URL('leaks.mjs', import.meta.url).href],
  options: [
    // Leaks are looked for in the reports, not in exit codes; any other finding aborts. V8 ends a process by a trap: its
    // stack is a report too. So is that of undefined behaviour, an illegal instruction.
    ...['detect_leaks=1', 'exitcode=0', 'abort_on_error=1', 'handle_sigtrap=1', 'handle_sigill=1'],
    // The leak check finds the thread-local storage of a library without the runtime's own note of it, which takes a
    // block that begins 16 bytes into a page, as one of 64 does here, for one with the header of an older glibc: the
    // check then reads from wherever that points to.
    'intercept_tls_get_addr=0',
  ],
})
