// For the leak check at exit, under AddressSanitizer. Vitest ends a fork with SIGTERM, and with SIGKILL half a second
// later, so that no exit handler runs. Loaded by vitest's main process (--import) and in each fork (setupFiles).
import { ChildProcess } from 'node:child_process'

if (process.send !== undefined) {
  process.once('SIGTERM', () => process.exit())
} else {
  const { kill } = ChildProcess.prototype
  ChildProcess.prototype.kill = function killPatiently(signal) {
    if (signal !== 'SIGKILL') return kill.call(this, signal)
    setTimeout(() => kill.call(this, signal), 60_000).unref()
    return true
  }
}
