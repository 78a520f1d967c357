import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'
import { shadowed } from './helpers/sanitizer.js'

/**
 * Every way in which the library goes down the stack: each leads from a guest through native code of ours, V8's or its host's back
 * to where it began. `again` is what the host gave, by which a guest gets back into itself.
 */
const ways: Record<string, string> = {
  'a function of the host that calls the guest': 'const f = () => again("f"); globalThis.f = f; f()',
  'a getter that the host reads': 'globalThis.f = () => again("f", { get a() { return f() } }); f()',
  'a getter of a value that is shared': 'const f = () => isolates.share({ get a() { return f() } }); f()',
  'a getter of a value that is put into a store':
    'const s = new isolates.SharedStore(), f = () => s.set("k", { get a() { return f() } }); f()',
  'an update of a store': 'const f = (n) => new isolates.SharedStore().update("k" + n, () => f(n + 1)); f(0)',
  'a getter of an item of a channel':
    'const c = new isolates.Channel(), f = () => c.trySend({ get a() { return f() } }); f()',
  'a getter of a clone': 'const f = () => structuredClone({ get a() { return f() } }); f()',
  'an isolate in an isolate': 'const i = new isolates.Isolate(); const f = (n) => { i.runSync("1"); f(n + 1) }; f(0)',
  'a getter of the globals of an isolate':
    'const f = () => new isolates.Isolate({ globals: { get a() { return f() } } }); f()',
  'a reviver': 'const f = () => JSON.parse("[1]", f); f()',
  'a comparator': 'const f = () => [2, 1].sort(f); f()',
}

/** Runs all ways by `run` and `runSync`, in a thread of Node's. Prints, for each, how it ended and whether the isolate went on. */
const program = `
  const { Isolate } = require('isolates')
  const ways = ${JSON.stringify(ways)}
  async function main() {
    const results = {}
    for (const [name, source] of Object.entries(ways)) {
      for (const method of ['runSync', 'run']) {
        let isolate
        const again = { sync: (name, value) => { void value; return isolate.runSync(name + '()') } }
        isolate = new Isolate({ console: () => {}, maxIsolates: 4, expose: { again } })
        isolate.on('error', () => {})
        let end = 'value'
        try { await isolate[method]('{ ' + source + ' }', { timeout: 60_000 }) } catch (error) { end = error.name }
        const goes = isolate.runSync('6 * 7') === 42 && (await isolate.run('6 * 7')) === 42
        results[name + ', ' + method] = end + (goes ? '' : ', and the isolate does not go on')
        isolate.terminate()
        await isolate.closed
      }
    }
    return results
  }`

// There the host waits for a guest that waits for it, which is found at once.
const other: Record<string, string[]> = {
  'a function of the host that calls the guest, run': ['IsolateError'],
}

function judge(results: Record<string, string>): void {
  const wrong = Object.entries(results).filter(
    ([name, end]) => end !== 'RangeError' && !(other[name] ?? []).includes(end),
  )
  expect(wrong).toEqual([])
  expect(Object.keys(results).length).toBe(2 * Object.keys(ways).length)
}

describe('recursion through every kind of callback is a RangeError in the guest', () => {
  it('on the main thread, and on threads of the pool', async () => {
    judge(await report(`${program}; main().then((results) => console.log(JSON.stringify(results)))`))
  })

  it.each(shadowed ? [4] : [0.5, 4])('on a worker thread with a stack of %s MiB', async (stackSizeMb) => {
    const source = `${program}; main().then((results) => require('worker_threads').parentPort.postMessage(results))`
    const starter = `const { Worker } = require('worker_threads')
      new Worker(${JSON.stringify(source)}, { eval: true, resourceLimits: { stackSizeMb: ${stackSizeMb} } })
        .on('message', (results) => console.log(JSON.stringify(results)))`
    judge(await report(starter))
  })
})

describe('going round between a guest and its host', () => {
  const rounds = (depth: number): string => `
    const { Isolate } = require('isolates')
    const isolates = [0, 1, 2].map(() => new Isolate({ expose: { next: { sync: (n) => step(n) } } }))
    function step(n) { return n === 0 ? 0 : 1 + isolates[n % 3].callSync((n) => next(n - 1), [n]) }
    let end
    try { end = step(${depth}) } catch (error) { end = error.name }
    const after = isolates.map((isolate) => isolate.runSync('6 * 7'))
    isolates.forEach((isolate) => isolate.terminate())
    const done = JSON.stringify([end, after])`

  it('works as far as the stack reaches', async () => {
    expect(await report(`${rounds(30)}; console.log(done)`)).toEqual([30, [42, 42, 42]])
  })

  it('is a RangeError beyond that, on the main thread', async () => {
    expect(await report(`${rounds(1e6)}; console.log(done)`)).toEqual(['RangeError', [42, 42, 42]])
  })

  it.skipIf(shadowed)('is a RangeError beyond that, on a worker thread with a small stack', async () => {
    const source = `${rounds(1e6)}; require('worker_threads').parentPort.postMessage(done)`
    const starter = `new (require('worker_threads').Worker)(${JSON.stringify(source)}, { eval: true, resourceLimits: { stackSizeMb: 0.5 } })
      .on('message', (done) => console.log(done))`
    expect(await report(starter)).toEqual(['RangeError', [42, 42, 42]])
  })
})
