// For the leak check at exit, under AddressSanitizer. Vitest ends a fork with SIGTERM, and with SIGKILL half a second
// later, so that no exit handler runs. Loaded by vitest's main process (--import) and in each fork (setupFiles).
import { ChildProcess } from 'node:child_process'

if (process.send !== undefined) {
  process.once('SIGTERM', () => process.exit())
  // The runtime has read its options already: this is for the programs that tests start, hundreds of them, each of
  // which the leak check would make twice as long. Some are made to end by V8's trap.
  process.env.ASAN_OPTIONS = `${process.env.ASAN_OPTIONS}:detect_leaks=0:handle_sigtrap=0`
} else {
  const { kill } = ChildProcess.prototype
  ChildProcess.prototype.kill = function killPatiently(signal) {
    if (signal !== 'SIGKILL') return kill.call(this, signal)
    setTimeout(() => kill.call(this, signal), 60_000).unref()
    return true
  }
}
