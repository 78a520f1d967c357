// `npm run test:tsan-addon`: the suite on an addon built with ThreadSanitizer.
import { execFileSync } from 'node:child_process'
import { runSanitized } from './sanitized.mjs'

// Frames of the runtime and of the C library do what the one above told them to; who called the C++ library, which has
// frames of its own, is not always told.
const servant = /\((libtsan|libc)\.so/
const anybodys = /\(libstdc\+\+\.so/
const node = /\(node\+0x/
// What a report says of the things and threads it names, beside what happened.
const context = /^ *(Location is|Thread T|Mutex M\d+ (\(0x\w+\) created|is already)|SUMMARY)/

/** Each report by itself; what else the runtime says is of its own trouble, and counts. */
function findings(text, addon) {
  return text
    .split(/^={18}$/m)
    .map((report) => report.replace(/^ThreadSanitizer: reported \d+ warnings$/m, '').trim())
    .filter((report) => report !== '' && !isWithinNode(report))
    .map((report) => withNames(report, addon))
}

/**
 * Whether all that happened was done by Node or V8 themselves, through the C library. They are not instrumented:
 * their locks are seen and their atomic words are not, so whatever they count references of, or make once, looks like a
 * race among them. And the locks of V8's isolates are taken in any order, as guests call each other: whoever takes
 * one has that isolate's turn, so nobody waits for another there. Where our code did any of it the report counts,
 * whatever else is in it: this is the only exception.
 */
function isWithinNode(report) {
  const actors = report
    .split('\n\n')
    .filter((part) => !context.test(part))
    .map((part) => part.split('\n').filter((line) => /^ *#\d+ /.test(line)))
    .filter((frames) => frames.length > 0)
    .map((frames) => frames.find((frame) => !servant.test(frame)) ?? '')
    .filter((frame) => !anybodys.test(frame))
  return actors.length > 0 && actors.every((frame) => node.test(frame))
}

/** The runtime knows no names of an addon that was loaded after its first report. A place is where a call returns to. */
function withNames(report, addon) {
  return report.replace(/<null> <null> \(isolates\.node\+(0x[\da-f]+)\)/g, (frame, place) => {
    try {
      const caller = `0x${(Number(place) - 1).toString(16)}`
      return `${execFileSync('addr2line', ['-Cfpe', addon, caller], { encoding: 'utf8' }).trim()} ${frame}`
    } catch {
      return frame
    }
  })
}

await runSanitized('tsan', {
  suite: 'tsan-addon',
  findings,
  minutes: 120,
  // A process goes on after a finding and ends with the code it would have: the reports are looked at afterwards. Of
  // what each thread has done lately as much is kept as can be.
  options: ['exitcode=0', 'atexit_sleep_ms=0', 'history_size=7'],
})
