// Runs hostile programs in this process, and prints a line of JSON for each.
//   node test/adversary/child.mjs '[["strings", "a string doubled for ever", 16, "run"], ...]'
import { readFileSync, writeFileSync } from 'node:fs'
import { Channel, Isolate, SharedStore } from 'isolates'
import { themes, usualLimits } from './programs.mjs'

const words = {
  ERR_MEMORY_LIMIT: 'memory',
  ERR_TIMEOUT: 'timeout',
  ERR_CPU_TIMEOUT: 'timeout',
  ERR_ISOLATE_CLOSED: 'closed',
  ERR_PENDING_PROMISE: 'pending',
  ERR_NOT_SHAREABLE: 'not-shareable',
}

/** Begins to note the most that this process has resident. Linux only. */
function watchPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {}
  return process.memoryUsage.rss()
}

/** That, in bytes; not known elsewhere. */
function peak() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
  } catch {
    return undefined
  }
}

async function perform(program, memoryLimit, method) {
  const made = []
  const make = (options) => {
    const isolate = new Isolate({ memoryLimit, console: () => {}, ...options })
    isolate.on('error', () => {})
    made.push(isolate)
    return isolate
  }
  const act = async (source, { globals, ...options } = {}) => {
    const isolate = make({ ...options, ...(globals === undefined ? {} : { globals }) })
    return await isolate[method](source, program.timeout === undefined ? usualLimits : { timeout: program.timeout })
  }
  let end
  let value
  try {
    value =
      program.guest === undefined
        ? await program.host({ make, act, method, Channel, SharedStore, Isolate })
        : await act(program.guest, program.options)
    end = 'value'
  } catch (error) {
    // What a guest says of itself is not taken for ours: its errors are RemoteErrors.
    const remote = error.constructor.name === 'RemoteError'
    end = (remote ? undefined : words[error.code]) ?? error.name
    value = error.message
  }
  for (const isolate of made) isolate.terminate()
  await Promise.all(made.map((isolate) => isolate.closed))
  return { end, value }
}

/** What a program must never change: the others, the event loop, the host's own objects. */
async function others() {
  const other = new Isolate({ memoryLimit: 16 })
  const answers = [
    await other.run('6 * 7'),
    other.runSync('6 * 7'),
    await new Promise((resolve) => setTimeout(resolve, 0, 42)),
  ]
  await other.close()
  return answers.every((answer) => answer === 42) && {}.polluted === undefined && [].polluted === undefined
}

for (const [theme, name, limit, method] of JSON.parse(process.argv[2])) {
  const program = themes[theme][name]
  const before = watchPeak()
  const start = performance.now()
  const { end, value } = await perform(program, limit, method)
  const ms = Math.round(performance.now() - start)
  const taken = (peak() ?? before) - before
  const unharmed = await others()
  const text = typeof value === 'string' || typeof value === 'number' ? value : undefined
  const detail = typeof text === 'string' ? text.slice(0, 120) : text
  console.log(JSON.stringify({ theme, name, limit, method, end, detail, ms, unharmed, taken }))
}
