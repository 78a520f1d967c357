import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Channel, Isolate, isShareable, SharedStore, share } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'
import { sanitized } from './helpers/sanitizer.js'

const store = new SharedStore<unknown>('values')

/** The value as it comes back in this thread, and out of a guest that has read and set it. */
async function both(value: unknown): Promise<[unknown, unknown]> {
  using isolate = new Isolate()
  store.set('value', value)
  const here = store.get('value')
  await isolate.run("store.set('again', store.get('value')); 0", { globals: { store } })
  return [here, store.get('again')]
}

const circular: Record<string, unknown> = { list: [] }
;(circular['list'] as unknown[]).push({ circular })

// I: 124, 127 to 131, 138
describe('a shareable value', () => {
  const values: Record<string, unknown> = {
    null: null,
    true: true,
    false: false,
    undefined: [undefined],
    'a small integer': 10,
    'a negative integer': -10,
    'a fraction': -1.25,
    'the largest safe integer': Number.MAX_SAFE_INTEGER,
    'minus zero': -0,
    NaN: Number.NaN,
    Infinity: Number.POSITIVE_INFINITY,
    'an empty string': '',
    'a string': 'hello',
    'a string of Latin-1': 'é\xff\0',
    'a Chinese string': '中文字符',
    'an emoji': '😀',
    'a lone surrogate': '\ud800x',
    'a long string': 'x'.repeat(5000),
    'a long Chinese string': '中'.repeat(5000),
    'a bigint': 5n,
    'a large bigint': 2n ** 1000n,
    'a large negative bigint': -(2n ** 63n) - 1n,
    'bigint zero': 0n,
    'an empty array': [],
    'nested arrays': [1, ['spam', 'eggs', [[]]], true],
    'a long array': Array.from({ length: 10_000 }, (_, i) => i),
    'an object': { a: 1, 'b c': { d: [{}] }, 7: 8 },
    'an object of many keys': Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`k${i}`, i])),
    'an object without a prototype': Object.assign(Object.create(null), { a: 1 }),
    'records of the same keys': Array.from({ length: 100 }, (_, i) => ({
      id: i,
      name: `n${i}`,
      tags: [{ on: i % 2 === 0 }],
    })),
    'records of changing keys': Array.from({ length: 100 }, (_, i) => ({ [`k${i % 7}`]: i, x: { [`y${i % 5}`]: i } })),
    'a date': new Date(12345),
    'an invalid date': new Date(Number.NaN),
    bytes: new Uint8Array([0, 1, 255]),
    'no bytes': new Uint8Array(0),
  }

  it.each(Object.keys(values))('comes back equal, here and from a guest: %s', async (name) => {
    const value = values[name]
    const expected = name === 'an object without a prototype' ? { a: 1 } : value
    expect(isShareable(value)).toBe(true)
    for (const back of await both(value)) expect(back).toStrictEqual(expected)
  })

  it('has a key __proto__ like any other', async () => {
    for (const back of await both(JSON.parse('{"__proto__": {"a": 1}, "b": 2}'))) {
      expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
      expect(JSON.stringify(back)).toBe('{"__proto__":{"a":1},"b":2}')
    }
  })

  it('is a pair of bytes, whichever', () => {
    const pairs = new Uint8Array(2 * 65536)
    for (let i = 0; i < 65536; i++) pairs.set([i & 255, i >> 8], 2 * i)
    store.set('value', pairs)
    expect(Buffer.compare(store.get('value') as Uint8Array, pairs)).toBe(0)
  })

  it('is an integer, whichever', () => {
    const integers = Array.from({ length: 259 }, (_, i) => i - 1)
    const limits = [2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53, -(2 ** 53)]
    store.set('value', [...integers, ...limits])
    expect(store.get('value')).toEqual([...integers, ...limits])
  })

  it('may be any value that consists of shareable ones', () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.bigInt(),
        fc.constantFrom(null, undefined, true, false),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
      ),
    })).value
    fc.assert(
      fc.property(json, (value) => {
        store.set('value', value)
        const back = store.get('value')
        expect(back).toStrictEqual(normal(value))
        expect(store.compareAndSet('value', value, null)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('reads its getters once', () => {
    let reads = 0
    const value = {
      get a() {
        return ++reads
      },
    }
    store.set('value', value)
    expect([store.get('value'), store.get('value')]).toEqual([{ a: 1 }, { a: 1 }])
  })

  it('may hold what throws when it is read: that is thrown, and nothing is put in', () => {
    store.set('value', 1)
    const error = new Error('getter')
    expect(
      thrown(() =>
        store.set('value', {
          get a() {
            throw error
          },
        }),
      ),
    ).toBe(error)
    expect(store.get('value')).toBe(1)
  })

  it('keeps neither symbols nor what is not enumerable', () => {
    const value = Object.defineProperty({ a: 1, [Symbol('b')]: 2 }, 'c', { value: 3 })
    store.set('value', value)
    expect(Reflect.ownKeys(store.get('value') as object)).toEqual(['a'])
  })

  it('may come from another context', async () => {
    const { runInNewContext } = await import('node:vm')
    store.set('value', runInNewContext('({ a: [1, { b: 2 }] })'))
    expect(store.get('value')).toEqual({ a: [1, { b: 2 }] })
  })

  it('may hold the same object in many places, without growing out of all bounds', () => {
    let value: unknown = { leaf: 1 }
    for (let i = 0; i < 60; i++) value = [value, value]
    store.set('value', value)
    expect(
      store.getIn(
        'value',
        Array.from({ length: 60 }, (_, i) => i % 2),
      ),
    ).toEqual({ leaf: 1 })
    store.delete('value')
  })

  it('may be nested deeply, but not without end', () => {
    const nest = (depth: number): unknown => {
      let value: unknown = 1
      for (let i = 0; i < depth; i++) value = { value }
      return value
    }
    // The sanitizer's stack frames are larger.
    const deep = nest(sanitized ? 100 : 1000)
    store.set('value', deep)
    expect(JSON.stringify(store.get('value'))).toBe(JSON.stringify(deep))
    expect(thrown(() => store.set('value', nest(1_000_000)))).toMatchObject({ name: 'RangeError', message: /nested/ })
    store.delete('value')
  })

  it('gives dates and bytes to each reader for itself', async () => {
    using isolate = new Isolate()
    await isolate.set({ store })
    store.set('value', { date: new Date(1), bytes: new Uint8Array([1]) })
    const mine = store.get('value') as { date: Date; bytes: Uint8Array }
    mine.date.setTime(2)
    mine.bytes[0] = 2
    expect([store.get('value'), Object.isFrozen(mine)]).toEqual([
      { date: new Date(1), bytes: new Uint8Array([1]) },
      true,
    ])
    expect(await isolate.run("store.get('value').date.getTime() + store.get('value').bytes[0]")).toBe(2)
  })

  it('takes an ArrayBuffer and a Buffer as bytes', () => {
    store.set('value', [new Uint8Array([1, 2]).buffer, Buffer.from('ab'), new Uint8Array([1, 2, 3]).subarray(1, 2)])
    expect(store.get('value')).toStrictEqual([new Uint8Array([1, 2]), new Uint8Array([97, 98]), new Uint8Array([2])])
  })

  it('holds channels, stores and shared memory themselves', async () => {
    using isolate = new Isolate()
    const channel = new Channel<number>()
    const memory = new SharedArrayBuffer(8)
    const inner = new SharedStore<number>()
    store.set('value', { channel, memory, inner })
    const back = store.get('value') as { channel: unknown; memory: SharedArrayBuffer; inner: unknown }
    expect([back.channel === channel, back.inner === inner]).toEqual([true, true])
    await isolate.run(
      "const all = store.get('value'); all.channel.sendSync(5); all.inner.set('x', 6); new Int32Array(all.memory)[0] = 7; 0",
      { globals: { store } },
    )
    expect([channel.tryReceive(), inner.get('x'), new Int32Array(memory)[0], new Int32Array(back.memory)[0]]).toEqual([
      5, 6, 7, 7,
    ])
    store.clear()
  })
})

/** As values come back: no null prototypes, and -0 as it is. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal)
  if (typeof value !== 'object' || value === null) return value
  const copy = {}
  for (const [key, each] of Object.entries(value)) {
    Object.defineProperty(copy, key, { value: normal(each), enumerable: true, writable: true, configurable: true })
  }
  return copy
}

class Point {
  x = 1
}

// I: 125, 126, 132, 133
describe('what cannot be shared', () => {
  const refused: Record<string, [value: unknown, what: RegExp]> = {
    'a function': [() => {}, /a function/],
    'a class': [Point, /a function/],
    'an instance of a class': [new Point(), /a Point/],
    'an array of a class': [new (class List extends Array {})(), /a List/],
    'a symbol': [Symbol('x'), /a symbol/],
    'a Map': [new Map(), /a Map/],
    'a Set': [new Set(), /a Set/],
    'an error': [new RangeError('x'), /a RangeError/],
    'a regular expression': [/x/, /a RegExp/],
    'a promise': [Promise.resolve(), /a Promise/],
    'a proxy': [new Proxy({}, {}), /a Proxy/],
    'a proxy of an array': [new Proxy([], {}), /a Proxy/],
    'floating-point numbers': [new Float64Array(1), /a Float64Array/],
    'a DataView': [new DataView(new ArrayBuffer(1)), /a DataView/],
    'bytes of shared memory': [new Uint8Array(new SharedArrayBuffer(1)), /shared memory/],
    'a boxed number': [Object(1), /a Number/],
    'a WeakMap': [new WeakMap(), /a WeakMap/],
    globalThis: [globalThis, /which cannot/],
    'an iterator': [[][Symbol.iterator](), /Iterator/],
    'an array with a hole': [Object.assign(new Array(3), { 0: 1, 2: 2 }), /an empty place/],
    'a long array of nothing': [new Array(4_000_000_000), /an empty place/],
    'an array with a property': [Object.assign([1], { x: 1 }), /beside its elements/],
    'a circle': [circular, /part of/],
  }

  it.each(Object.keys(refused))('%s is refused, alone and at any depth', (name) => {
    const [value, what] = refused[name] as [unknown, RegExp]
    expect(isShareable(value)).toBe(false)
    expect(isShareable([1, { a: [value] }])).toBe(false)
    expect(thrown(() => store.set('refused', value))).toMatchObject({
      name: 'NotShareableError',
      code: 'ERR_NOT_SHAREABLE',
      message: what,
    })
    const nested = { list: [0, { 'odd key': value }] }
    const { path, message } = thrown(() => store.set('refused', nested))
    expect([path.startsWith('value.list[1]["odd key"]'), message.startsWith(path), store.has('refused')]).toEqual([
      true,
      true,
      false,
    ])
    expect(thrown(() => share(nested)).path).toBe(path)
  })

  it('is refused in a guest just so', async () => {
    using isolate = new Isolate()
    const error = await failure(isolate.run("store.set('refused', { a: [1, () => {}] })", { globals: { store } }))
    expect(error).toMatchObject({ name: 'NotShareableError', path: 'value.a[1]' })
  })

  it('is told by which argument it stands in', () => {
    expect(thrown(() => store.compareAndSet('x', [() => {}], 1)).path).toBe('expected[0]')
    expect(thrown(() => store.compareAndSet('x', 1, { a: () => {} })).path).toBe('next.a')
  })
})

describe('share()', () => {
  it('makes a frozen copy, once', () => {
    const value = { list: [{ a: 1 }] }
    const shared = share(value)
    expect(shared).toEqual(value)
    expect([shared === value, Object.isFrozen(value), Object.isFrozen(shared.list[0])]).toEqual([false, false, true])
    expect(share(shared)).toBe(shared)
  })

  it('gives the same object to all who receive it in one isolate', async () => {
    using isolate = new Isolate()
    const channel = new Channel<unknown>()
    const back = new Channel<unknown>()
    const shared = share({ rows: [{ id: 1 }] })
    for (let i = 0; i < 3; i++) channel.trySend(shared)
    await isolate.set({ channel, back })
    const same = await isolate.run(`
      const [a, b, c] = [channel.tryReceive(), channel.tryReceive(), channel.tryReceive()]
      back.trySend(a); back.trySend(isolates.share({ own: 1 }))
      a === b && b === c && Object.isFrozen(a.rows[0])`)
    expect([same, back.tryReceive() === shared, back.tryReceive()]).toEqual([true, true, { own: 1 }])
  })

  it('takes no more memory, however often it is put into stores', () => {
    const shared = share('x'.repeat(1_000_000))
    const many = new SharedStore<unknown>()
    const before = process.memoryUsage().rss
    for (let i = 0; i < 1000; i++) many.set(`key ${i}`, { text: shared })
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
    expect((many.get('key 7') as { text: string }).text === shared).toBe(true)
  })

  it('passes on what cannot be frozen as copies', () => {
    const channel = new Channel<{ date: Date }>()
    const shared = share({ date: new Date(1) })
    channel.trySend(shared)
    expect(channel.tryReceive()).toEqual({ date: new Date(1) })
  })

  it('leaves nothing behind', async () => {
    const references: WeakRef<object>[] = []
    for (let i = 0; i < 20; i++) references.push(new WeakRef(share({ i, text: 'x'.repeat(10_000) })))
    for (let round = 0; references.some((reference) => reference.deref() !== undefined); round++) {
      if (round === 1000) expect.fail('shared values are still there')
      await new Promise(setImmediate)
      globalThis.gc?.()
    }
  })
})
