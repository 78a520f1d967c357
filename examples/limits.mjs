// Code that misbehaves: what it throws, how long it may take, how much memory it may have.
import { Isolate, MemoryLimitError, RemoteError, TimeoutError } from 'isolates'

const isolate = new Isolate({ memoryLimit: 32, timeout: 1_000 })

// An error thrown inside arrives with its name, its message, its own properties and its own stack.
const failure = await isolate
  .run('throw Object.assign(new RangeError("too far"), { distance: 7 })', { filename: 'walk.js' })
  .catch((error) => error)
console.log(failure instanceof RemoteError, failure.name, failure.message, failure.distance)

// A time limit ends the call; the isolate goes on.
const late = await isolate.run('for (;;);', { timeout: 50 }).catch((error) => error)
console.log(late instanceof TimeoutError, await isolate.run('"still here"'))

// A signal does the same from outside.
const aborted = await isolate.run('for (;;);', { signal: AbortSignal.timeout(50) }).catch((error) => error)
console.log(aborted.name, await isolate.run('"and still here"'))

// A memory limit ends the isolate; the process goes on.
const greedy = 'const list = []; for (;;) list.push({ some: "thing" })'
const full = await isolate.run(greedy, { timeout: 60_000 }).catch((error) => error)
console.log(full instanceof MemoryLimitError, isolate.state, (await isolate.closed).kind)
