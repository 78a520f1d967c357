import { describe, expect, it } from 'vitest'
import { child, type Ended } from './helpers/child.js'

const prelude = `
  const { Channel, Isolate } = require('isolates')
  const { Worker, parentPort } = require('worker_threads')
  const ignore = () => {}
  const until = async (condition) => { while (!condition()) await new Promise(setImmediate) }
  const full = () => { const channel = new Channel({ capacity: 1 }); channel.trySend(0); return channel }
  const waiting = (channel) => until(() => channel.stats().waitingReceivers + channel.stats().waitingSenders > 0)
  // Starts a guest that waits, and goes on when it does.
  const guest = async (channel, source) => {
    globalThis.isolate = new Isolate({ globals: { channel } })
    isolate.run(source).catch(ignore)
    await waiting(channel)
  }
`

interface Stage {
  source: string
  /** Somebody waits for ever, so the process does not end by itself, as it should. */
  endless?: true
}

const stages: Record<string, Stage> = {
  'a channel holds items': { source: 'globalThis.kept = new Channel(); kept.trySend([1]); kept.trySend(kept)' },
  'a receiver waits': { source: 'new Channel().receive().catch(ignore)', endless: true },
  'a sender waits': { source: 'full().send(1).catch(ignore)', endless: true },
  'a sender waits to be received': {
    source: "new Channel().send(1, { until: 'received' }).catch(ignore)",
    endless: true,
  },
  'a receiver waits with a timeout': { source: 'new Channel().receive({ timeout: 20 }).catch(ignore)' },
  'a select waits': { source: 'Channel.select([new Channel(), new Channel()]).catch(ignore)', endless: true },
  'waits of unheld channels are left': {
    source:
      'new Channel().unref().receive().catch(ignore); full().unref().send(1).catch(ignore); const late = new Channel(); late.receive().catch(ignore); late.unref()',
  },
  'a select waits for unheld channels only': {
    source: 'Channel.select([new Channel().unref(), new Channel().unref()]).catch(ignore)',
  },
  'a select waits for a channel that is held': {
    source: 'Channel.select([new Channel().unref(), new Channel()]).catch(ignore)',
    endless: true,
  },
  'a select waits, and the last of its channels is let go': {
    source:
      'const two = [new Channel(), new Channel()]; Channel.select(two).catch(ignore); two[1].unref(); two[0].unref()',
  },
  'a select waits, and one of its channels is held again': {
    source:
      'const two = [new Channel().unref(), new Channel().unref()]; Channel.select(two).catch(ignore); two[1].ref()',
    endless: true,
  },
  'a wait is held again': { source: 'new Channel().unref().ref().receive().catch(ignore)', endless: true },
  'a guest waits': { source: "await guest(new Channel(), 'channel.receive()')", endless: true },
  'a guest blocks in receiveSync': { source: "await guest(new Channel(), 'channel.receiveSync()')", endless: true },
  'a guest blocks in sendSync': { source: "await guest(full(), 'channel.sendSync(1)')", endless: true },
  'a guest that blocked was terminated': {
    source: "await guest(new Channel(), 'channel.receiveSync()'); isolate.terminate()",
  },
  'a guest that blocked was collected': {
    source:
      "await guest(new Channel(), 'channel.receiveSync()'); isolate.terminate(); globalThis.isolate = undefined; gc()",
  },
  'ten guests block, each for the next': {
    source: "for (let i = 0; i < 10; i++) await guest(new Channel(), 'channel.receiveSync()')",
    endless: true,
  },
  'items are on their way to guests': {
    source:
      "const channel = new Channel(); for (let i = 0; i < 3; i++) await guest(channel, 'channel.receive().then(() => channel.receive()).then(ignore => channel.receive())'); for (let i = 0; i < 3; i++) channel.trySend(i)",
    endless: true,
  },
}

interface Way {
  name: string
  source: string
  code?: number
  signal?: NodeJS.Signals
  /** Node itself prints the error. */
  error?: true
  /** It comes only when nothing is left to do. */
  last?: true
}

const ways: Way[] = [
  { name: 'the end of all work', source: '', code: 0, last: true },
  { name: 'process.exit()', source: 'process.exit(3)', code: 3 },
  { name: 'an uncaught exception', source: "setImmediate(() => { throw new Error('boom') })", code: 1, error: true },
  { name: 'SIGTERM', source: "process.kill(process.pid, 'SIGTERM'); setInterval(ignore, 1000)", signal: 'SIGTERM' },
]

function check(ended: Ended, { code = null as never, signal, error }: Omit<Way, 'name' | 'source'>): void {
  const { stderr, ...rest } = ended
  expect(stderr).toMatch(error ? /boom/ : /^$/)
  expect(stderr).not.toMatch(/Check failed|Fatal|FATAL|Assertion|terminate called|internal error/)
  expect(rest).toMatchObject({ code, signal: signal ?? null })
}

const flags = ['--expose-gc']

// J161, and part two: uv-awaken-from-non-default
describe.each(ways)('$name', (way) => {
  const possible = Object.entries(stages).filter(([, { endless }]) => !(way.last && endless))

  it.concurrent.each(possible)('when %s', async (_stage, { source }) => {
    check(await child(`${prelude} ;(async () => { ${source}; ${way.source} })()`, { flags }), way)
  })
})

describe('a process', () => {
  it.each(Object.entries(stages).filter(([, { endless }]) => endless))(
    'stays alive when %s',
    async (_stage, { source }) => {
      // Nothing but the wait is left when the timer is: beforeExit would come.
      const ended = await child(
        `${prelude} ;(async () => { ${source}; process.on('beforeExit', () => process.exit(9)); setTimeout(() => process.exit(4), 50).unref(); const watch = setTimeout(ignore, 20) })()`,
        { flags },
      )
      check(ended, { code: 4 })
    },
  )
})

// In a worker thread, which may block for ever.
const workerStages: Record<string, Stage> = {
  ...stages,
  'the thread blocks in receiveSync': { source: 'ready(); new Channel().receiveSync()', endless: true },
  'the thread blocks in sendSync': { source: 'ready(); full().sendSync(1)', endless: true },
  'a guest blocks the thread in runSync': {
    source: "ready(); new Isolate().runSync('new isolates.Channel().receiveSync()')",
    endless: true,
  },
  'a guest blocks the thread in callSync with a timeout': {
    source:
      'ready(); new Isolate().callSync(() => new isolates.Channel().receiveSync({ timeout: 1e6 }), [], { timeout: 1e6 })',
    endless: true,
  },
}

const workerWays = [
  { name: 'worker.terminate()', source: 'worker.terminate()', code: 0, worker: 1 },
  { name: 'process.exit() of the process', source: 'process.exit(6)', code: 6, worker: undefined },
]

describe.each(workerWays)('$name', ({ source: end, code, worker }) => {
  it.concurrent.each(Object.entries(workerStages))('when in a worker thread %s', async (_stage, { source }) => {
    const work = `${prelude} const ready = () => parentPort.postMessage('ready'); const alive = setInterval(ignore, 1000); (async () => { ${source}; ready() })()`
    const ended = await child(
      `${prelude}
      const worker = new Worker(${JSON.stringify(work)}, { eval: true })
      worker.on('exit', (code) => console.log('worker', code))
      worker.once('message', () => setTimeout(() => { ${end} }, 5))`,
      { flags },
    )
    check(ended, { code })
    if (worker !== undefined) expect(ended.stdout).toBe(`worker ${worker}\n`)
  })
})
