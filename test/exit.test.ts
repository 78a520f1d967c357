import { describe, expect, it } from 'vitest'
import { child, type Ended } from './helpers/child.js'

const prelude = `
  const { Isolate, prewarm } = require('isolates')
  const { Worker } = require('worker_threads')
  const ignore = () => {}
  const started = async (isolate) => {
    const cell = new Int32Array(new SharedArrayBuffer(4))
    isolate.run('Atomics.store(cell, 0, 1); for (;;);', { globals: { cell } }).catch(ignore)
    while (Atomics.load(cell, 0) === 0) await new Promise(setImmediate)
  }
  // The library has finished whatever it prepares in the background.
  const settled = async () => { await prewarm(1); await prewarm(0) }
`

interface Stage {
  source: string
  /** It holds work that never ends, so the process does not end by itself, as it should. */
  endless?: true
}

// The moments of an isolate's life at which the process may end.
const stages: Record<string, Stage> = {
  'an isolate was created': { source: 'await settled(); globalThis.isolate = new Isolate()' },
  'a guest runs in an endless loop': { source: 'await settled(); await started(new Isolate())', endless: true },
  'calls queue behind an endless loop': {
    source:
      "await settled(); const isolate = new Isolate(); await started(isolate); for (let i = 0; i < 1000; i++) isolate.run('1').catch(ignore)",
    endless: true,
  },
  'many calls are queued': {
    source:
      "await settled(); const isolate = new Isolate(); for (let i = 0; i < 1000; i++) isolate.run('for (let i = 0; i < 1e3; i++);').catch(ignore)",
  },
  'values are being sent': {
    source:
      'await settled(); const isolate = new Isolate(); for (let i = 0; i < 200; i++) isolate.call((list) => list, [new Uint8Array(1e5)]).catch(ignore)',
  },
  'timers of a guest go on': {
    source:
      "await settled(); globalThis.isolate = new Isolate({ console: 'ignore' }); await isolate.run('setInterval(() => { Promise.reject(1) }, 1); (function next() { setImmediate(next) })()')",
  },
  'an isolate is closing': {
    source:
      "await settled(); const isolate = new Isolate(); for (let i = 0; i < 100; i++) isolate.run('for (let i = 0; i < 1e5; i++);').catch(ignore); isolate.close()",
  },
  'spares are being made': { source: 'prewarm(4)' },
  'the first isolate was just made': { source: "globalThis.isolate = new Isolate(); isolate.runSync('1')" },
}

// More of them, met with one way out of the process and one out of a worker thread.
const furtherStages: Record<string, Stage> = {
  'an isolate was used and is idle': {
    source: "await settled(); globalThis.isolate = new Isolate(); isolate.runSync('1'); await isolate.run('1')",
  },
  'ten isolates are idle': {
    source:
      "await settled(); globalThis.all = Array.from({ length: 10 }, () => new Isolate()); for (const isolate of all) isolate.runSync('1')",
  },
  'four guests run in endless loops': {
    source: 'await settled(); for (let i = 0; i < 4; i++) await started(new Isolate())',
    endless: true,
  },
  'an isolate is closing behind an endless loop': {
    source: 'await settled(); const isolate = new Isolate(); await started(isolate); isolate.close()',
    endless: true,
  },
  'an isolate is closing that has an interval': {
    source:
      "await settled(); const isolate = new Isolate(); await isolate.run('setInterval(() => {}, 1)'); isolate.close()",
    endless: true,
  },
  'a timer of a guest is far away': {
    source: "await settled(); globalThis.isolate = new Isolate(); await isolate.run('setTimeout(() => {}, 1e9)')",
  },
  'a callback of a timer never ends': {
    source:
      "await settled(); const cell = new Int32Array(new SharedArrayBuffer(4)); globalThis.isolate = new Isolate({ globals: { cell } }); isolate.run('setTimeout(() => { cell[0] = 1; for (;;); }, 1)'); while (!cell[0]) await new Promise(setImmediate)",
  },
  'an isolate was just terminated': {
    source: 'await settled(); const isolate = new Isolate(); await started(isolate); isolate.terminate()',
  },
  'a guest waits in Atomics.wait': {
    source:
      "await settled(); new Isolate().run('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)').catch(ignore)",
    endless: true,
  },
  'a promise of a guest never settles': {
    source:
      "await settled(); globalThis.isolate = new Isolate(); isolate.run('new Promise(() => {})').catch(ignore); await isolate.run('1')",
    endless: true,
  },
  'a guest prints without end': {
    source:
      'await settled(); const cell = new Int32Array(new SharedArrayBuffer(4)); new Isolate({ console: () => { cell[0] = 1 } }).run("for (;;) console.log(\'x\')").catch(ignore); while (!cell[0]) await new Promise(setImmediate)',
    endless: true,
  },
  'spares are ready': { source: 'await prewarm(4)' },
  'the library has only been loaded': { source: '' },
  'the first guest already runs': { source: 'await started(new Isolate())', endless: true },
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
  /** It is taken at the further stages too. */
  further?: true
}

const ways: Way[] = [
  { name: 'the end of all work', source: '', code: 0, last: true },
  { name: 'process.exit() in a callback', source: 'setImmediate(() => process.exit(3))', code: 3, further: true },
  {
    name: 'process.exit() in the console callback of a guest in runSync',
    source: 'new Isolate({ console: () => process.exit(3) }).runSync("console.log(\'x\')")',
    code: 3,
  },
  {
    name: 'process.exit() in beforeExit',
    source: "process.on('beforeExit', () => process.exit(3))",
    code: 3,
    last: true,
  },
  { name: 'an uncaught exception', source: "setImmediate(() => { throw new Error('boom') })", code: 1, error: true },
  { name: 'an unhandled rejection', source: "Promise.reject(new Error('boom'))", code: 1, error: true },
  { name: 'SIGINT', source: "process.kill(process.pid, 'SIGINT'); setInterval(ignore, 1000)", signal: 'SIGINT' },
  { name: 'SIGTERM', source: "process.kill(process.pid, 'SIGTERM'); setInterval(ignore, 1000)", signal: 'SIGTERM' },
  {
    name: 'a handler of SIGINT that exits',
    source:
      "process.on('SIGINT', () => process.exit(130)); setInterval(ignore, 1000); process.kill(process.pid, 'SIGINT')",
    code: 130,
  },
]

function stagesOf({ further }: Way): [string, Stage][] {
  return Object.entries(further ? { ...stages, ...furtherStages } : stages)
}

function check(ended: Ended, { code = null as never, signal, error }: Omit<Way, 'name' | 'source'>): void {
  const { stderr, ...rest } = ended
  expect(stderr).toMatch(error ? /boom/ : /^$/)
  expect(stderr).not.toMatch(/Check failed|Fatal|FATAL|Assertion|terminate called|unreachable/)
  expect(rest).toMatchObject({ code, signal: signal ?? null })
}

// 60 to 63, 276, and part two: run, thrown-exception, defects 3 and 5
describe.each(ways)('$name', (way) => {
  const possible = stagesOf(way).filter(([, { endless }]) => !(way.last && endless))

  it.concurrent.each(possible)('when %s', async (_stage, { source }) => {
    check(await child(`${prelude} ;(async () => { ${source}; ${way.source} })()`), way)
  })
})

const workerWays: (Way & { worker: number })[] = [
  { name: 'worker.terminate()', source: 'ready.then(() => worker.terminate())', code: 0, worker: 1, further: true },
  { name: 'process.exit() of the worker', source: '', code: 0, worker: 3 },
  { name: 'an uncaught exception of the worker', source: "worker.on('error', ignore)", code: 0, worker: 1 },
  { name: 'process.exit() of the process', source: 'ready.then(() => process.exit(6))', code: 6, worker: -1 },
]

const atTheEnd: Record<string, string> = {
  'process.exit() of the worker': 'process.exit(3)',
  'an uncaught exception of the worker': "setImmediate(() => { throw new Error('boom') })",
}

describe.each(workerWays)('$name', (way) => {
  it.concurrent.each(stagesOf(way))('when in a worker thread %s', async (_stage, { source }) => {
    const work = `${prelude} ;(async () => { const alive = setInterval(ignore, 1000); ${source}; require('worker_threads').parentPort.postMessage('ready'); ${atTheEnd[way.name] ?? ''} })()`
    const ended = await child(`${prelude}
      const worker = new Worker(${JSON.stringify(work)}, { eval: true })
      const ready = new Promise((resolve) => worker.once('message', resolve))
      worker.on('exit', (code) => console.log('worker', code))
      ${way.source}`)
    check(ended, way)
    if (way.worker >= 0) expect(ended.stdout).toBe(`worker ${way.worker}\n`)
  })
})

// Whatever of it is under way, and even where nothing may call into JavaScript any more.
describe('process.exit() while a worker thread makes isolates', () => {
  const ways = {
    'that are not used': 'new Isolate()',
    'that run a script': "new Isolate().run('1').catch(() => {})",
    'that run a script on its own thread': "new Isolate().runSync('1')",
    'with values and modules': "new Isolate({ globals: { a: [1, { b: 2 }] }, modules: { sources: { a: '' } } })",
  }
  const delays = [0, 0.5, 1, 2, 4, 8]
  it.concurrent.each(Object.entries(ways))('%s', async (_name, work) => {
    for (const delay of delays) {
      const ended = await child(`
        const { Worker } = require('worker_threads')
        const source = ${JSON.stringify(
          `const { Isolate } = require('isolates'); require('worker_threads').parentPort.postMessage(0); for (let i = 0; ; i++) { if (i % 100 === 0) globalThis.kept = []; kept.push(${work}) }`,
        )}
        new Worker(source, { eval: true }).on('message', () => {
          const end = performance.now() + ${delay}
          while (performance.now() < end);
          process.exit(7)
        })
      `)
      expect(ended, `after ${delay} ms`).toMatchObject({ code: 7, signal: null, stderr: '' })
    }
  })
})
