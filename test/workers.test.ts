import { describe, expect, it } from 'vitest'
import { child, report } from './helpers/child.js'

const prelude = `
  const { Worker } = require('worker_threads')
  const { Isolate } = require('isolates')
  const done = (value) => console.log(JSON.stringify(value))
  /** Runs 'work' in a worker: what it posts, and the code it exits with. */
  const worker = (work, workerData) => {
    const thread = new Worker("const { parentPort, workerData } = require('worker_threads'); const { Isolate } = require('isolates');" + work, { eval: true, workerData })
    const messages = []
    thread.on('message', (message) => messages.push(message))
    thread.on('error', (error) => messages.push(String(error)))
    return { thread, message: new Promise((resolve) => thread.once('message', resolve)), ended: new Promise((resolve) => thread.once('exit', (code) => resolve({ code, messages }))) }
  }
  const reached = async (cell, value) => { while (Atomics.load(cell, 0) < value) await new Promise(setImmediate) }
`

// A2, and part two: workers-threads, worker-reload
describe('worker threads', () => {
  it('ten at once, ten isolates each', async () => {
    const work = `
      const all = Array.from({ length: 10 }, (_, index) => new Isolate({ globals: { index } }))
      Promise.all(all.map((isolate) => isolate.run('index * 2'))).then(async (values) => {
        const sync = all.map((isolate) => isolate.runSync('index'))
        await Promise.all(all.map((isolate) => isolate.close()))
        parentPort.postMessage([values, sync])
      })`
    const results = await report<unknown[]>(`${prelude}
      Promise.all(Array.from({ length: 10 }, () => worker(${JSON.stringify(work)}).ended)).then(done)`)
    const numbers = Array.from({ length: 10 }, (_, index) => index)
    expect(results).toEqual(Array(10).fill({ code: 0, messages: [[numbers.map((number) => number * 2), numbers]] }))
  })

  it('one after another in the same process', async () => {
    const results = await report<unknown[]>(`${prelude}
      ;(async () => {
        const results = []
        for (let round = 0; round < 10; round++) results.push(await worker("parentPort.postMessage(new Isolate().runSync('6 * 7'))").ended)
        done(results)
      })()`)
    expect(results).toEqual(Array(10).fill({ code: 0, messages: [42] }))
  })

  it('have ids that no other thread has', async () => {
    const ids = await report<number[]>(`${prelude}
      Promise.all(Array.from({ length: 4 }, () => worker("parentPort.postMessage(Array.from({ length: 25 }, () => new Isolate().id))").ended))
        .then((results) => done(results.flatMap(({ messages }) => messages[0])))`)
    expect(new Set(ids).size).toBe(100)
  })

  it('list their own isolates only', async () => {
    const counts = await report<number[]>(`${prelude}
      const mine = new Isolate()
      worker('new Isolate(); parentPort.postMessage(Isolate.all().length)').ended.then(({ messages }) => done([Isolate.all().length, messages[0]]))`)
    expect(counts).toEqual([1, 1])
  })

  it('run guests in parallel with each other’s', async () => {
    const work = `new Isolate().runSync('Atomics.store(cells, mine, 1); while (Atomics.load(cells, 1 - mine) === 0);', { globals: workerData, timeout: 20000 }); parentPort.postMessage('met')`
    const results = await report<{ messages: string[] }[]>(`${prelude}
      const cells = new Int32Array(new SharedArrayBuffer(8))
      Promise.all([0, 1].map((mine) => worker(${JSON.stringify(work)}, { cells, mine }).ended)).then(done)`)
    expect(results.map(({ messages }) => messages)).toEqual([['met'], ['met']])
  })

  it('end their isolates when they end', async () => {
    // The guest counts up for as long as it lives.
    const work = `
      new Isolate().run('for (;;) Atomics.add(cell, 0, 1)', { globals: workerData }).catch(() => {})
      ;(async () => { while (Atomics.load(workerData.cell, 0) === 0) await new Promise(setImmediate); process.exit(5) })()`
    const result = await report<{ code: number; still: boolean }>(`${prelude}
      const cell = new Int32Array(new SharedArrayBuffer(4))
      worker(${JSON.stringify(work)}, { cell }).ended.then(async ({ code }) => {
        const count = Atomics.load(cell, 0)
        for (let turn = 0; turn < 1000; turn++) await new Promise(setImmediate)
        done({ code, still: Atomics.load(cell, 0) === count })
      })`)
    expect(result).toEqual({ code: 5, still: true })
  })
})

// Part two: worker-terminate
describe('worker.terminate()', () => {
  const spin = 'Atomics.add(cell, 0, 1); for (;;);'

  it.each([
    [
      'a guest that spins in runSync on the worker’s thread',
      `new Isolate().runSync('${spin}', { globals: workerData })`,
      1,
    ],
    [
      'a guest that spins in callSync',
      `new Isolate().callSync((cell) => { Atomics.add(cell, 0, 1); for (;;); }, [workerData.cell])`,
      1,
    ],
    ['a guest that spins in run', `new Isolate().run('${spin}', { globals: workerData })`, 1],
    ['eight guests that spin', `for (let i = 0; i < 8; i++) new Isolate().run('${spin}', { globals: workerData })`, 8],
    [
      'a guest that waits in Atomics.wait',
      `new Isolate().run('Atomics.add(cell, 0, 1); Atomics.wait(cell, 1, 0)', { globals: workerData })`,
      1,
    ],
    [
      'a guest that waits in Atomics.wait in runSync',
      `new Isolate().runSync('Atomics.add(cell, 0, 1); Atomics.wait(cell, 1, 0)', { globals: workerData })`,
      1,
    ],
    [
      'a worker that waits its turn in runSync',
      `const isolate = new Isolate(); isolate.run('${spin}', { globals: workerData }); isolate.runSync('1')`,
      1,
    ],
    [
      'a guest that spins in microtasks',
      `new Isolate().runSync('Atomics.add(cell, 0, 1); const spin = () => Promise.resolve().then(spin); spin()', { globals: workerData })`,
      1,
    ],
    [
      'a guest that prints without end',
      `new Isolate({ console: () => {} }).run("Atomics.add(cell, 0, 1); for (;;) console.log('x')", { globals: workerData })`,
      1,
    ],
    [
      'a guest that prints without end in runSync',
      `new Isolate({ console: () => {} }).runSync("Atomics.add(cell, 0, 1); for (;;) console.log('x')", { globals: workerData })`,
      1,
    ],
    [
      'a worker that makes isolates without end',
      "for (;;) { const isolate = new Isolate(); isolate.runSync('1'); Atomics.add(workerData.cell, 0, 1); isolate.terminate() }",
      3,
    ],
    [
      'a queue without end',
      "const isolate = new Isolate(); const next = () => isolate.run('Atomics.add(cell, 0, 1)', { globals: workerData }).then(next); next()",
      3,
    ],
  ])('ends %s', async (_name, work, guests) => {
    const result = await report<{ code: number }>(`${prelude}
      const cell = new Int32Array(new SharedArrayBuffer(8))
      const { thread, ended } = worker(${JSON.stringify(work)}, { cell })
      reached(cell, ${guests}).then(() => thread.terminate()).then(() => ended).then(done)`)
    expect(result).toEqual({ code: 1, messages: [] })
  })

  it('leaves the isolates of other threads alone', async () => {
    const values = await report<unknown[]>(`${prelude}
      const cell = new Int32Array(new SharedArrayBuffer(8))
      const mine = new Isolate({ globals: { kept: 5 } })
      const held = mine.run('Atomics.wait(cell, 1, 0); kept', { globals: { cell } })
      const { thread } = worker("new Isolate().run('${spin}', { globals: workerData })", { cell })
      reached(cell, 1).then(() => thread.terminate()).then(async () => {
        Atomics.store(cell, 1, 1)
        Atomics.notify(cell, 1)
        done([await held, mine.runSync('kept + 1')])
      })`)
    expect(values).toEqual([5, 6])
  })

  it('twenty times in a row at any moment of a worker’s start', async () => {
    const codes = await report<number[]>(`${prelude}
      ;(async () => {
        const codes = []
        for (let round = 0; round < 20; round++) {
          const { thread, ended } = worker("const isolate = new Isolate(); isolate.run('for (;;);').catch(() => {}); for (;;) isolate.name")
          for (let turn = 0; turn < round * 50; turn++) await new Promise(setImmediate)
          await thread.terminate()
          codes.push((await ended).code)
        }
        done(codes)
      })()`)
    // Node's own code for a worker stopped before or after it began.
    expect(codes.filter((code) => code > 1)).toEqual([])
  })
})

it('a worker that ends by itself leaves the process free to end', async () => {
  const source = `${prelude} worker("new Isolate().run('for (;;);').catch(() => {}); process.exit(0)").ended.then(() => console.log('over'))`
  expect(await child(source)).toEqual({ code: 0, signal: null, stdout: 'over\n', stderr: '' })
})
