import { describe, expect, it } from 'vitest'
import { child, type Ended } from './helpers/child.js'

const prelude = `
  const { Isolate, prewarm } = require('isolates')
  const { Worker } = require('worker_threads')
  const ignore = () => {}
  const settled = async () => { await prewarm(1); await prewarm(0) }
  // Runs source in an isolate that an isolate has made, and waits until it says so by its cell.
  const below = async (source, depth = 1) => {
    const cell = new Int32Array(new SharedArrayBuffer(4))
    const made = (inner, left) => left === 0 ? inner : 'globalThis.own = new isolates.Isolate({ globals: { cell } }); own.run(' + JSON.stringify(made(inner, left - 1)) + ').catch(() => {})'
    const isolate = new Isolate({ globals: { cell } })
    globalThis.outer = isolate
    isolate.run(made(source, depth)).catch(ignore)
    while (Atomics.load(cell, 0) === 0) await new Promise(setImmediate)
    return isolate
  }
  const here = 'Atomics.store(cell, 0, 1);'
`

interface Stage {
  source: string
  /** It holds work that never ends, so the process does not end by itself, as it should. */
  endless?: true
}

// The moments of the life of nested isolates at which the process may end.
const stages: Record<string, Stage> = {
  'one is idle': { source: 'await settled(); await below(here)' },
  'one was made and never used': {
    source:
      "await settled(); globalThis.isolate = new Isolate(); isolate.runSync('globalThis.own = new isolates.Isolate(); 1')",
  },
  'one runs in an endless loop': { source: 'await settled(); await below(here + "for (;;);")', endless: true },
  'one three levels down runs in an endless loop': {
    source: 'await settled(); await below(here + "for (;;);", 3)',
    endless: true,
  },
  'one is used by a blocked guest': {
    source: `await settled(); await below('own = new isolates.Isolate({ globals: { cell } }); own.runSync(' + JSON.stringify(here + 'for (;;);') + ')')`,
    endless: true,
  },
  'one waits for a channel': {
    source: "await settled(); await below(here + 'new isolates.Channel().receiveSync()')",
    endless: true,
  },
  'a guest waits for one that is busy': {
    source: `await settled(); await below('own = new isolates.Isolate({ globals: { cell } }); own.run(' + JSON.stringify(here + 'for (;;);') + ').catch(() => {}); own.runSync("1")')`,
    endless: true,
  },
  'many are being made': {
    source: `await settled(); new Isolate().run('for (;;) { try { new isolates.Isolate().run("1") } catch {} }').catch(ignore); await new Promise(setImmediate)`,
    endless: true,
  },
  'some are being made while the library prepares itself': {
    source: `new Isolate().runSync('for (let i = 0; i < 5; i++) new isolates.Isolate().run("1"); 1')`,
  },
  'one was just terminated': {
    source:
      'await settled(); const isolate = await below(here + "for (;;);"); isolate.run("own.terminate()").catch(ignore)',
  },
  'the one above was just terminated': {
    source: 'await settled(); const isolate = await below(here + "for (;;);"); isolate.terminate()',
  },
  'the one above is closing': {
    source: 'await settled(); const isolate = await below(here + "for (;;);"); isolate.close()',
    // The call that waits for it does not end.
    endless: true,
  },
  'one prints without end': {
    source: `await settled(); await below(here + 'for (;;) console.log(1)').then((isolate) => isolate)`,
    endless: true,
  },
  'values are being sent': {
    source:
      "await settled(); const isolate = await below(here); isolate.runSync('for (let i = 0; i < 200; i++) own.call((list) => list, [new Uint8Array(1e5)]).catch(() => {}); 1')",
  },
}

interface Way {
  name: string
  source: string
  code: number
  /** Node itself prints the error. */
  error?: true
  /** It comes only when nothing is left to do. */
  last?: true
}

const ways: Way[] = [
  { name: 'the end of all work', source: '', code: 0, last: true },
  { name: 'process.exit() in a callback', source: 'setImmediate(() => process.exit(3))', code: 3 },
  {
    name: 'process.exit() in the console callback of a nested guest in runSync',
    source: `new Isolate({ console: () => process.exit(3) }).runSync("new isolates.Isolate().runSync('console.log(1); for (;;);')")`,
    code: 3,
  },
  { name: 'an uncaught exception', source: "setImmediate(() => { throw new Error('boom') })", code: 1, error: true },
]

function check({ code, signal, stderr }: Ended, way: Pick<Way, 'code' | 'error'>): void {
  expect(stderr).toMatch(way.error ? /boom/ : /^$/)
  expect(stderr).not.toMatch(/Check failed|Fatal|FATAL|Assertion|terminate called|unreachable/)
  expect({ code, signal }).toEqual({ code: way.code, signal: null })
}

describe.each(ways)('$name, with nested isolates', (way) => {
  const possible = Object.entries(stages).filter(([, { endless }]) => !(way.last && endless))

  it.concurrent.each(possible)('when %s', async (_stage, { source }) => {
    check(await child(`${prelude} ;(async () => { ${source}; ${way.source} })()`, { toFile: true }), way)
  })
})

const workerWays: (Way & { worker: number; atTheEnd?: string })[] = [
  { name: 'worker.terminate()', source: 'ready.then(() => worker.terminate())', code: 0, worker: 1 },
  { name: 'process.exit() of the worker', source: '', code: 0, worker: 3, atTheEnd: 'process.exit(3)' },
  { name: 'process.exit() of the process', source: 'ready.then(() => process.exit(6))', code: 6, worker: -1 },
]

describe.each(workerWays)('$name, with nested isolates', (way) => {
  it.concurrent.each(Object.entries(stages))('when in a worker thread %s', async (_stage, { source }) => {
    const work = `${prelude} ;(async () => { const alive = setInterval(ignore, 1000); ${source}; require('worker_threads').parentPort.postMessage('ready'); ${way.atTheEnd ?? ''} })()`
    const ended = await child(
      `${prelude}
      const worker = new Worker(${JSON.stringify(work)}, { eval: true, stdout: true })
      const ready = new Promise((resolve) => worker.once('message', resolve))
      worker.on('exit', (code) => console.error('worker', code))
      ${way.source}`,
      { toFile: true },
    )
    const said = way.worker < 0 ? '' : `worker ${way.worker}\n`
    expect(ended.stderr).toBe(said)
    check({ ...ended, stderr: '' }, way)
  })
})

// The thread of the worker stands in the nested guest itself.
const blocked: Record<string, string> = {
  'spins in a nested guest': `isolate.runSync("new isolates.Isolate({ globals: { cell } }).runSync('Atomics.store(cell, 0, 1); for (;;);')")`,
  'waits in a nested guest': `isolate.runSync("new isolates.Isolate({ globals: { cell } }).runSync('Atomics.store(cell, 0, 1); new isolates.Channel().receiveSync()')")`,
  'waits for a nested isolate that is busy': `isolate.runSync("const own = new isolates.Isolate({ globals: { cell } }); own.run('Atomics.store(cell, 0, 1); for (;;);'); own.runSync('1')")`,
}

describe('worker.terminate()', () => {
  it.concurrent.each(Object.entries(blocked))('ends a worker thread that %s', async (_what, source) => {
    const work = `${prelude} const { workerData: cell } = require('worker_threads'); const isolate = new Isolate({ globals: { cell } }); ${source}`
    const ended = await child(`${prelude}
      const cell = new Int32Array(new SharedArrayBuffer(4))
      const worker = new Worker(${JSON.stringify(work)}, { eval: true, workerData: cell })
      worker.on('exit', (code) => console.log('worker', code))
      const wait = () => Atomics.load(cell, 0) === 0 ? setImmediate(wait) : worker.terminate()
      wait()`)
    check(ended, { code: 0 })
    expect(ended.stdout).toBe('worker 1\n')
  })
})
