import { describe, expect, it } from 'vitest'
import { child, report } from './helpers/child.js'
import { Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { until } from './helpers/until.js'

const sources = {
  endless: 'for (;;);',
  never: 'await new Promise(() => {})',
  greedy: 'const list = []; for (;;) list.push(new Array(1000).fill(list.length))',
  good: 'export default 1',
}

/** A host that answers a load only when it is told to. */
function held(): { load: (url: string) => Promise<string>; open: () => void; asked: () => number } {
  const waiting: (() => void)[] = []
  let asked = 0
  return {
    load: async () => {
      asked++
      await new Promise<void>((resolve) => waiting.push(resolve))
      return 'export default 1'
    },
    open: () => {
      for (const resolve of waiting.splice(0)) resolve()
    },
    asked: () => asked,
  }
}

describe('importing', () => {
  it('is ended by its timeout: loops, promises that never settle, hosts that do not answer', async () => {
    const host = held()
    using isolate = new Isolate({
      modules: { sources, load: (url) => (url === 'held:x' ? host.load(url) : undefined) },
    })
    for (const specifier of ['endless', 'never', 'held:x']) {
      expect(await failure(isolate.import(specifier, { timeout: 100 })), specifier).toMatchObject({
        code: 'ERR_TIMEOUT',
      })
    }
    expect((await isolate.import<{ default: number }>('good')).default).toBe(1)
    host.open()
    expect((await isolate.import<{ default: number }>('held:x')).default).toBe(1)
    expect(host.asked()).toBe(1)
  })

  it('is given up by its signal', async () => {
    using isolate = new Isolate({ modules: { sources } })
    for (const specifier of ['endless', 'never']) {
      const controller = new AbortController()
      const given = failure(isolate.import(specifier, { signal: controller.signal }))
      await new Promise((resolve) => setImmediate(resolve))
      controller.abort(new Error(`enough of ${specifier}`))
      expect((await given).message).toBe(`enough of ${specifier}`)
    }
    expect((await isolate.import<{ default: number }>('good')).default).toBe(1)
  })

  it('is given up by its signal also when its module is running', async () => {
    const began = new Int32Array(new SharedArrayBuffer(4))
    const source = 'Atomics.store(began, 0, 1); for (;;);'
    using isolate = new Isolate({ globals: { began }, modules: { sources: { ...sources, endless: source } } })
    const controller = new AbortController()
    const given = failure(isolate.import('endless', { signal: controller.signal }))
    await until(() => Atomics.load(began, 0) === 1, 'the module runs')
    controller.abort(new Error('enough'))
    expect((await given).message).toBe('enough')
    expect((await isolate.import<{ default: number }>('good')).default).toBe(1)
  })

  it('ends the isolate at its memory limit', async () => {
    using isolate = new Isolate({ memoryLimit: 32, modules: { sources } })
    expect(await failure(isolate.import('greedy'))).toMatchObject({ code: 'ERR_MEMORY_LIMIT' })
    expect(await isolate.closed).toEqual({ kind: 'memory-limit' })
  })

  it('rejects when the isolate is terminated in the midst of it, and the host may answer as late as it likes', async () => {
    const host = held()
    const isolate = new Isolate({ modules: { load: host.load } })
    const importing = failure(isolate.import('held:x'))
    await until(() => host.asked() === 1, 'the host is asked')
    isolate.terminate(new Error('over'))
    expect(await importing).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
    host.open()
    await isolate.closed
  })

  it('takes no longer than it must when many isolates do it at once', async () => {
    const isolates = Array.from({ length: 20 }, () => new Isolate({ modules: { sources } }))
    const all = await Promise.all(isolates.map((isolate) => isolate.import<{ default: number }>('good')))
    expect(all.map((module) => module.default)).toEqual(Array(20).fill(1))
    await Promise.all(isolates.map((isolate) => isolate.close()))
  })
})

describe('the process', () => {
  const ways = {
    'ends by itself after an import': "await isolate.import('good')",
    'ends by process.exit() while a module runs':
      "isolate.import('endless').catch(() => {}); await started(); process.exit(0)",
    'ends by process.exit() while the host is asked':
      "isolate.import('held:x').catch(() => {}); while (!asked) await new Promise(setImmediate); process.exit(0)",
  }
  for (const [name, source] of Object.entries(ways)) {
    it(name, async () => {
      const ended = await child(`
        const { Isolate } = require('isolates')
        let asked = false
        const cell = new Int32Array(new SharedArrayBuffer(4))
        const started = async () => { while (Atomics.load(cell, 0) === 0) await new Promise(setImmediate) }
        const isolate = new Isolate({ globals: { cell }, modules: {
          sources: { good: 'export default 1', endless: 'Atomics.store(cell, 0, 1); for (;;);' },
          load: (url) => { if (url === 'held:x') { asked = true; return new Promise(() => {}) } },
        } })
        ;(async () => { ${source} })()`)
      expect(ended).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
    })
  }

  it('ends a worker thread in the midst of imports', async () => {
    const codes = await report<number[]>(`
      const { Worker } = require('node:worker_threads')
      const run = async () => {
        const cell = new Int32Array(new SharedArrayBuffer(4))
        const worker = new Worker(\`
          const { workerData } = require('node:worker_threads')
          const { Isolate } = require('isolates')
          for (const name of ['endless', 'held:x', 'good'])
            new Isolate({ globals: { cell: workerData }, modules: {
              sources: { good: 'export default 1', endless: 'Atomics.add(cell, 0, 1); for (;;);' },
              load: (url) => { if (url === 'held:x') { Atomics.add(workerData, 0, 1); return new Promise(() => {}) } },
            } }).import(name).catch(() => {})\`, { eval: true, workerData: cell })
        while (Atomics.load(cell, 0) < 2) await new Promise(setImmediate)
        return await worker.terminate()
      }
      ;(async () => console.log(JSON.stringify([await run(), await run()])))()`)
    expect(codes).toEqual([1, 1])
  })
})
