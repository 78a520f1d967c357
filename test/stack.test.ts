import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'
import { Isolate } from './helpers/isolates.js'
import { thrown } from './helpers/outcome.js'

// 267
describe('a stack overflow of a guest', () => {
  it.each([
    ['of a function', 'function f() { f() } f()'],
    [
      'of a function with many variables',
      `function f(${Array.from({ length: 100 }, (_, i) => `a${i}`).join()}) { return f(a1) + f(a2) } f()`,
    ],
    ['of toString', 'const o = { toString: () => String(o) }; String(o)'],
    ['of a sort comparator', 'const f = () => [2, 1].sort(f); f()'],
    ['of a proxy', 'const p = new Proxy({}, { get(t, k, r) { return r[k] } }); p.x'],
    ['of JSON.stringify', 'const o = { toJSON: () => JSON.stringify(o) }; JSON.stringify(o)'],
    ['of async functions', 'const f = async () => f(); await f()'],
  ])('%s is a RangeError', async (_kind, source) => {
    using isolate = new Isolate()
    await expect(isolate.run(source)).rejects.toMatchObject({
      name: 'RangeError',
      message: 'Maximum call stack size exceeded',
    })
    expect(await isolate.run('1')).toBe(1)
  })

  it('is a RangeError on the caller’s thread too', () => {
    using isolate = new Isolate()
    expect(thrown(() => isolate.runSync('function f() { f() } f()'))).toMatchObject({ name: 'RangeError' })
    expect(isolate.runSync('1')).toBe(1)
  })

  it('can be caught in the guest', async () => {
    using isolate = new Isolate()
    expect(await isolate.run('function f() { f() } try { f() } catch (error) { error.name }')).toBe('RangeError')
  })

  it('leaves room for a good deal of recursion', async () => {
    using isolate = new Isolate()
    const depth = 'let depth = 0; function f() { depth++; f() } try { f() } catch {} depth'
    expect(await isolate.run(depth)).toBeGreaterThan(5000)
    expect(isolate.runSync('depth = 0; try { f() } catch {} depth')).toBeGreaterThan(5000)
  })

  it('is a RangeError in a worker thread, whose own stack is small', async () => {
    const work = `const isolate = new (require('isolates').Isolate)(); const names = []
      const sync = () => { try { isolate.runSync('function f() { f() } f()') } catch ({ name }) { names.push(name) } }
      sync(); isolate.run('f()').catch(({ name }) => names.push(name)).then(() => { sync(); require('worker_threads').parentPort.postMessage(names) })`
    const source = `const { Worker } = require('worker_threads')
      new Worker(${JSON.stringify(work)}, { eval: true, resourceLimits: { stackSizeMb: 1 } }).on('message', (names) => console.log(JSON.stringify(names)))`
    expect(await report(source)).toEqual(['RangeError', 'RangeError', 'RangeError'])
  })
})

describe('a host near the end of its own stack', () => {
  const near = (use: string): string => `
    const isolate = new (require('isolates').Isolate)()
    isolate.runSync('1')
    // A promise or a console callback that found no room on the stack says nothing here.
    process.on('unhandledRejection', () => {}).on('uncaughtException', () => {})
    let tries = 0
    const use = () => { tries++; try { ${use} } catch (error) { if (!(error instanceof Error)) throw error } }
    // Every frame on the way back up tries again, so each distance from the end is met.
    function deep() { try { deep() } finally { if (tries < 300) use() } }
    try { deep() } catch {}
    const after = isolate.runSync('6 * 7')
    isolate.terminate()
    console.log(JSON.stringify([tries, after]))`

  it.each([
    ['runs a guest', "isolate.runSync('1')"],
    ['runs a guest that overflows', "isolate.runSync('function f() { f() } f()')"],
    ['calls a function', 'isolate.callSync((list) => list, [[1, [2, { a: 3 }]]])'],
    ['calls back', "isolate.runSync('console.log(1)')"],
    ['queues a run', "isolate.run('1').catch(() => {})"],
    ['makes an isolate', "const other = new (require('isolates').Isolate)(); other.terminate()"],
  ])('and %s gets a result or a RangeError', async (_kind, use) => {
    const source = near(use).replace('Isolate)()', 'Isolate)({ console: () => {} })')
    expect(await report(source)).toEqual([300, 42])
  })
})
