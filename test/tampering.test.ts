import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'
import { Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'

const tampered = `{
  const { ownKeys } = Reflect
  const classes = [Object, Function, Array, Map, Set, Date, RegExp, Error, TypeError, Promise, Symbol, String, Number, BigInt, ArrayBuffer, Uint8Array]
  const names = ['JSON', 'Reflect', 'Proxy', 'Error', 'Map', 'Promise', 'Array', 'Object']
  const broken = () => { throw new Error('tampered') }
  for (let i = 0; i < classes.length; i++) {
    for (let target = classes[i], once = 0; once < 2; target = classes[i].prototype, once++) {
      const keys = ownKeys(target)
      for (let j = 0; j < keys.length; j++) if (keys[j] !== 'prototype') try { target[keys[j]] = broken } catch {}
    }
  }
  for (let i = 0; i < names.length; i++) globalThis[names[i]] = null
} 0`

// Part two: immutable
describe('a guest that breaks its own builtins', () => {
  async function broken(action: (isolate: Isolate) => unknown): Promise<unknown> {
    using isolate = new Isolate({ console: 'ignore' })
    await isolate.run(tampered)
    return await action(isolate)
  }

  it('still runs', async () => {
    expect(await broken((isolate) => isolate.run('1 + 1'))).toBe(2)
  })

  it('still gets arguments and gives results', async () => {
    const value = {
      list: [1, [2], 3],
      map: new Map([[1, new Set([2])]]),
      date: new Date(5),
      error: new Error('x'),
      bytes: new Uint8Array([1]),
      big: 5n,
    }
    expect(await broken((isolate) => isolate.call((there: unknown) => there, [value]))).toEqual(value)
  })

  it('still reports its errors', async () => {
    expect(await broken((isolate) => failure(isolate.run('null.x')))).toMatchObject({
      name: 'TypeError',
      message: /null/,
    })
  })

  it('still prints or fails, without harm', async () => {
    expect(
      await broken((isolate) => isolate.run("try { console.log('x %s', { a: [1] }, new Date(5)) } catch {} 1")),
    ).toBe(1)
  })

  it('still sets and gets globals', async () => {
    expect(await broken(async (isolate) => [await isolate.set({ a: [1] }), await isolate.get('a')])).toEqual([
      undefined,
      [1],
    ])
  })

  it('still awaits', async () => {
    expect(await broken((isolate) => isolate.run('await 5'))).toBe(5)
  })

  it('breaks no other isolate', async () => {
    using other = new Isolate()
    await broken(() => {})
    expect(await other.run('JSON.stringify([new Map([[1, 2]]).get(1)])')).toBe('[2]')
  })
})

describe('a guest that sets traps', () => {
  it('in Object.prototype does not change what crosses', async () => {
    using isolate = new Isolate()
    await isolate.run(`
      for (const key of ['get', 'set', 'value', 'a', '0', 'cause', 'timeout'])
        Object.defineProperty(Object.prototype, key, { __proto__: null, get() { return 'trap' }, set() { throw 'trap' }, configurable: true })
      0`)
    expect(await isolate.call((there: unknown) => there, [{ a: 1, b: [2] }])).toEqual({ a: 1, b: [2] })
  })

  it('in Array.prototype does not see what arrives', async () => {
    using isolate = new Isolate()
    await isolate.run(
      "var seen = 0; Object.defineProperty(Array.prototype, '0', { set() { seen++ }, configurable: true }); 0",
    )
    expect(await isolate.call((there: unknown) => there, [[5]])).toEqual([5])
    expect(await isolate.get('seen')).toBe(0)
  })

  it('as a thenable does not outlive its timeout', async () => {
    using isolate = new Isolate()
    await failure(isolate.run('Promise.resolve({ then() { for (;;); } })', { timeout: 50 }))
    expect(await isolate.run('1')).toBe(1)
  })
})

describe('a guest that breaks what checks its arguments', () => {
  const unchecked = 'Object.entries = () => []; Array.isArray = Number.isInteger = () => true;'
  const attacks = [
    'Object.defineProperty(isolates.Channel, Symbol.hasInstance, { value: () => true }); isolates.Channel.select([{}])',
    'let n = 0; new isolates.Channel().receive({ get timeout() { return n++ ? {} : 5 } })',
    "let n = 0; new isolates.Channel().receiveSync({ get timeout() { return n++ ? 'x' : 5 } })",
    ...[
      'new isolates.Channel().receive({ timeout: {} })',
      'new isolates.Channel().trySend(1, { transfer: { length: 3 } })',
      "new isolates.Channel({ capacity: {}, maxBytes: 'x' })",
      'isolates.Channel.select({ length: 2 })',
      'new isolates.SharedStore({ maxBytes: {} })',
      'new isolates.SharedStore({ name: {} })',
      "new isolates.SharedStore().getIn('a', { length: 3 })",
      "new isolates.SharedStore().setIn('a', { length: 3 }, 1)",
      'new isolates.Semaphore({}).acquire({ permits: {} })',
      "new isolates.Semaphore(2).release('x')",
      'new isolates.Mutex().lock({ timeout: {} })',
      'new isolates.Barrier({}).wait({ timeout: [] })',
      'new isolates.Event().wait({ timeout: [] })',
      "new isolates.Isolate({ name: 5, memoryLimit: {}, timeout: {} }).runSync('1', { timeout: {}, filename: 7 })",
    ].map((attack) => `${unchecked} ${attack}`),
    ...['wait', 'watch', 'get', 'transaction'].map((name) => `isolates.SharedStore.prototype.${name}.call({}, 'k')`),
  ]

  it('harms itself only', async () => {
    const done = await report<number>(`
      const { Isolate } = require('isolates')
      const attack = async (source) => {
        const isolate = new Isolate({ memoryLimit: 32, timeout: 200 })
        await isolate.run('{ ' + source + ' }').catch(() => {})
        isolate.terminate()
      }
      Promise.all(${JSON.stringify(attacks)}.map(attack)).then((all) => console.log(all.length))`)
    expect(done).toBe(attacks.length)
  })
})
