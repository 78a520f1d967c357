import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'
import { tree } from './helpers/tree.js'

const preloaded = {
  'throws.cjs': "throw new TypeError('not today')",
  'exits.cjs': 'process.exit(5)',
  'loops.cjs': 'for (;;);',
  'grows.cjs': 'const list = []; for (;;) list.push({ a: [1, 2, 3] })',
}

const prelude = (): string => `
  const { Isolate } = require('isolates')
  const { Worker } = require('node:worker_threads')
  const node = (options) => {
    const isolate = new Isolate({ runtime: 'node', console: 'ignore', ...options })
    isolate.on('error', () => {})
    return isolate
  }
  const preloading = (name, options) =>
    node({ execArgv: ['--require', ${JSON.stringify(tree(preloaded))} + '/' + name + '.cjs'], ...options })
  const outcome = (promise) => promise.then((value) => ['value', value], (error) => [error.constructor.name, error.reason?.kind])
  const sync = (work) => { try { return ['value', work()] } catch (error) { return [error.constructor.name, error.reason?.kind] } }
  const done = (value) => console.log(JSON.stringify(value))
`

/** Ways to die before the first code of ours runs, how calls that wait are told, and what is known of the end. */
const deaths = [
  ['throws', 'IsolateClosedError', 'error', { kind: 'error', cause: 'not today' }],
  ['exits', 'IsolateClosedError', 'exit', { kind: 'exit', exitCode: 5 }],
  ['grows', 'MemoryLimitError', undefined, { kind: 'memory-limit' }],
] as const

describe('an isolate with all of Node whose thread ends before it has begun', () => {
  it.each(deaths)(
    'because what it preloads %s, tells every call and `closed` why',
    async (file, name, kind, reason) => {
      const [calls, end] = await report<[unknown[], object]>(`${prelude()}
      const isolate = preloading('${file}', { memoryLimit: 32 })
      const calls = [isolate.run('1'), isolate.call(() => 2), isolate.set({ a: 1 }), isolate.get('a'), isolate.ref('({})'), isolate.import('node:fs')]
      Promise.all(calls.map(outcome)).then(async (outcomes) => {
        const { cause, ...end } = await isolate.closed
        done([[...outcomes, sync(() => isolate.runSync('1'))], cause === undefined ? end : { ...end, cause: cause.message }])
      })`)
      expect(calls).toEqual(Array(7).fill(kind === undefined ? [name, null] : [name, kind]))
      expect(end).toEqual(reason)
    },
  )

  it.each(deaths)('because what it preloads %s, does not keep a host waiting for it', async (file, _n, _k, reason) => {
    const [calls, end] = await report<[unknown[], object]>(`${prelude()}
      const isolate = preloading('${file}', { memoryLimit: 32 })
      const waiting = outcome(isolate.run('1'))
      const calls = [sync(() => isolate.runSync('1')), sync(() => isolate.callSync(() => 1, [], { timeout: 60_000 }))]
      waiting.then(async ([name]) => {
        const { kind } = await isolate.closed
        done([[...calls, [name]], { kind }])
      })`)
    // A thread that waits hears of the end at once, and why only from its own event loop.
    expect(calls.slice(0, 2)).toEqual(Array(2).fill(['IsolateClosedError', 'exit']))
    expect(calls[2]).not.toEqual(['value'])
    expect(end).toEqual({ kind: reason.kind })
  })

  it('because the system has no thread for it, is told by its constructor', async () => {
    const results = await report<unknown[]>(`${prelude()}
      const threads = require('node:worker_threads')
      // A stack that no system has room for.
      threads.Worker = class extends Worker {
        constructor(file, options) { super(file, { ...options, resourceLimits: { stackSizeMb: 2 ** 27 } }) }
      }
      let code
      try { node() } catch (error) { code = error.code }
      threads.Worker = Worker
      const left = Isolate.all().length
      node().run('6 * 7').then((value) => done([code, left, value]))`)
    expect(results).toEqual(['ERR_WORKER_INIT_FAILED', 0, 42])
  })

  it.each([
    ['terminate()', 'terminate'],
    ['close()', 'close'],
  ])('by %s at any moment of its start, tells every call and `closed`', async (method, kind) => {
    const ends = await report<[string, unknown[]][]>(`${prelude()}
      const moments = [null, ...Array.from({ length: 24 }, (_, i) => i * 3)]
      async function one(moment) {
        const isolate = node()
        const call = outcome(isolate.run('1'))
        if (moment !== null) await new Promise((resolve) => setTimeout(resolve, moment))
        isolate.${method}
        return [(await isolate.closed).kind, await call]
      }
      (async () => {
        const ends = []
        for (const moment of moments) ends.push(await one(moment))
        done(ends)
      })()`)
    for (const [end, [name]] of ends) {
      expect(end).toBe(kind)
      expect(kind === 'close' ? ['value'] : ['value', 'IsolateClosedError']).toContain(name)
    }
  })

  it('by terminate() while what it preloads never ends', async () => {
    const results = await report<unknown[]>(`${prelude()}
      const isolate = preloading('loops')
      const call = outcome(isolate.run('1'))
      setTimeout(async () => {
        isolate.terminate('too slow')
        done([await call, await isolate.closed])
      }, 150)`)
    expect(results).toEqual([['IsolateClosedError', 'terminate'], { kind: 'terminate', cause: 'too slow' }])
  })

  it('together with the worker that starts it, at any moment, leaves the process alive', async () => {
    const codes = await report<number[]>(`${prelude()}
      const work = \`const { Isolate } = require('isolates'); const { parentPort } = require('node:worker_threads')
        const isolate = new Isolate({ runtime: 'node' }); isolate.run('1').catch(() => {}); parentPort.postMessage('')\`
      async function one(moment) {
        const worker = new Worker(work, { eval: true })
        await new Promise((resolve) => worker.once('message', resolve))
        await new Promise((resolve) => setTimeout(resolve, moment))
        return await worker.terminate()
      }
      (async () => {
        const codes = []
        for (let moment = 0; moment < 60; moment += 4) codes.push(await one(moment))
        done([...codes, await node().run('6 * 7')])
      })()`)
    expect(codes.at(-1)).toBe(42)
  })

  it('together with a worker that waits for it, at any moment, leaves the process alive', async () => {
    const result = await report<number>(`${prelude()}
      const work = \`const { Isolate } = require('isolates'); const { parentPort } = require('node:worker_threads')
        const isolate = new Isolate({ runtime: 'node' }); parentPort.postMessage(''); isolate.runSync('for (;;);')\`
      async function one(moment) {
        const worker = new Worker(work, { eval: true })
        await new Promise((resolve) => worker.once('message', resolve))
        await new Promise((resolve) => setTimeout(resolve, moment))
        await worker.terminate()
      }
      (async () => {
        for (let moment = 0; moment < 60; moment += 6) await one(moment)
        done(await node().run('6 * 7'))
      })()`)
    expect(result).toBe(42)
  })
})
