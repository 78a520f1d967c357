import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Channel, Isolate, NotShareableError } from './helpers/isolates.js'

// Realms that have exchanged some objects use a codec in JavaScript for plain values: lib/shared/plain.ts. All of this
// goes through it or, where a value is not quite as plain as it looks, must notice and take the other way.

let isolate: Isolate
const channel = new Channel<unknown>()
const echo = (value: unknown): unknown => value

beforeEach(() => {
  isolate = new Isolate()
  const records = Array.from({ length: 200 }, (_, id) => ({ id }))
  for (let times = 0; times < 3; times++) {
    expect(isolate.callSync(echo, [records])).toEqual(records)
    channel.trySend(records)
    channel.tryReceive()
  }
})

afterEach(() => isolate.close())

/** To a guest and back, and through a channel of this thread. */
function both(value: unknown): unknown {
  channel.trySend(value)
  const received = channel.tryReceive()
  expect(received).toEqual(value)
  return isolate.callSync(echo, [value])
}

const shared = { n: 1 }
const sharedDate = new Date(7)
class Point {
  x = 1
  y = 2
  length(): number {
    return this.x + this.y
  }
}

describe('plain values arrive equal', () => {
  const deep = (levels: number): unknown => (levels === 0 ? 'bottom' : { in: [deep(levels - 1)] })
  const cases: Record<string, unknown> = {
    'an empty object': {},
    'an empty array': [],
    scalars: [1, -0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, true, false, null, undefined, '', 'text'],
    'undefined properties': { a: undefined, b: null },
    'text of two bytes': ['äöü', '日本語', '😀', '\ud800', `${'x'.repeat(1000)}é\u2028`, '\0'],
    'text about as long as what is cut out of one': Array.from({ length: 40 }, (_, i) =>
      'abcdefghijklmnopqrstuvwxyz'.repeat(2).slice(i % 7, i),
    ),
    'the same with a wide one among it': Array.from({ length: 40 }, (_, i) =>
      i === 20 ? '語' : 'abcdefghijklmnop'.slice(0, i),
    ),
    'nothing but empty text': ['', { '': '' }, ''],
    'keys that no object should have': { '\0': 1, a: { '\0': 2, '\0\0': 3 }, b: [{ '\0': 4 }, { a: 1, '\0': 5 }] },
    'keys of every kind': { 10: 'a', 2: 'b', b: 1, a: 2, 'with "quotes"': 3, 'line\nbreak': 4, ключ: 5, '': 6 },
    'keys that look alike': [{ 'a,b': 1 }, { a: 1, b: 2 }, { 'a\0b': 1 }, { ab: 1 }],
    'records of one shape': Array.from({ length: 50 }, (_, id) => ({ id, name: `n${id}`, tags: ['a', id] })),
    'records of many shapes': Array.from({ length: 50 }, (_, id) => ({ [`k${id % 7}`]: id, same: 1 })),
    'a number of more keys than a shape has': Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i])),
    numbers: Array.from({ length: 5000 }, (_, i) => i / 3),
    'numbers, and then none': [1, 2, 3, 'four'],
    'long text': 'y'.repeat(100_000),
    'text of both kinds, short and long': ['a', '日本', 'é'.repeat(1023), 'b'.repeat(1024), '語'.repeat(1024), '', 'c'],
    'integers up to where they no longer fit': [
      2 ** 27 - 1,
      2 ** 27,
      -(2 ** 27),
      -(2 ** 27) - 1,
      2 ** 31,
      -(2 ** 31),
    ].map((n) => ({ n })),
    'a table of many keys': Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [`k${i}`, { i, list: [`${i}`] }]),
    ),
    'many objects': Array.from({ length: 20_000 }, (_, i) => ({ i })),
    'the same text again and again': Array.from({ length: 500 }, (_, i) => [
      'abc',
      `t${i % 7}`,
      'abcdefgh',
      'abcdefghi',
    ]),
    dates: { at: new Date(1e12), never: new Date(Number.NaN) },
    'nested 60 deep': deep(30),
    'nested 400 deep': deep(200),
    'a hole': Object.assign([1], { 2: 3 }),
    'holes at the end': Object.assign([1], { length: 3 }),
    'an array with a name': Object.assign([1, 2], { extra: 'x' }),
    'a match': /b(?<c>c)/.exec('abcd'),
    'a frozen array': Object.freeze([1, 2]),
    'a frozen object': Object.freeze({ a: Object.freeze([1]) }),
    'what is no longer plain': { list: [{ map: new Map([[1, { a: 1 }]]) }], set: new Set([1]) },
    'bigints and others': [1n, /x/g, new Uint8Array([1, 2]), new Error('x')],
  }
  for (const [name, value] of Object.entries(cases)) it(name, () => expect(both(value)).toEqual(value))

  it('and keep the order of keys', () => {
    const value = { z: 1, a: 2, 5: 3, 1: 4 }
    expect(Object.keys(both(value) as object)).toEqual(Object.keys(value))
  })

  it('and keep holes', () => {
    const value = Object.assign([1], { 2: undefined })
    const back = both(value) as unknown[]
    expect([0 in back, 1 in back, 2 in back, back.length]).toEqual([true, false, true, 3])
  })

  it('a property called __proto__ is a property', () => {
    const value = JSON.parse(
      '[{"__proto__":1},{"__proto__":2},{"__proto__":3},{"__proto__":4},{"__proto__":5},{"__proto__":6}]',
    )
    const back = isolate.callSync(echo, [value]) as object[]
    for (const [index, each] of back.entries()) {
      expect(Object.getPrototypeOf(each)).toBe(Object.prototype)
      expect(Object.getOwnPropertyDescriptor(each, '__proto__')?.value).toBe(index + 1)
    }
  })

  it('objects without a prototype', () => {
    const value = Object.assign(Object.create(null), { a: 1 })
    expect(isolate.callSync(echo, [value])).toEqual({ a: 1 })
  })

  it('instances of classes as their own properties', () => {
    expect(isolate.callSync(echo, [[new Point(), new Point()]])).toEqual([
      { x: 1, y: 2 },
      { x: 1, y: 2 },
    ])
  })

  it('what is inherited stays behind', () => {
    const value = Object.assign(Object.create({ inherited: 1 }), { own: 2 })
    expect(isolate.callSync(echo, [value])).toEqual({ own: 2 })
    expect(Object.keys(isolate.callSync(echo, [value]) as object)).toEqual(['own'])
  })

  it('neither symbols nor what is not enumerable', () => {
    const value = Object.defineProperty({ a: 1, [Symbol('s')]: 2 }, 'hidden', { value: 3 })
    expect(Reflect.ownKeys(isolate.callSync(echo, [value]) as object)).toEqual(['a'])
  })
})

describe('what plain values share', () => {
  it('is shared on the other side', () => {
    const back = both({ a: shared, b: [shared] }) as { a: unknown; b: unknown[] }
    expect(back.a).toBe(back.b[0])
  })

  it('is sent once, however many times it is held', () => {
    let value: unknown[] = [1]
    for (let level = 0; level < 60; level++) value = [value, value]
    const channel = new Channel<unknown>()
    channel.trySend(value)
    const back = channel.tryReceive() as unknown[]
    expect(back[0]).toBe(back[1])
  })

  it('dates too', () => {
    const back = both([sharedDate, sharedDate]) as unknown[]
    expect(back[0]).toBe(back[1])
  })

  it('cycles too', () => {
    const value: { self?: unknown; list: unknown[] } = { list: [] }
    value.self = value
    value.list.push(value)
    const back = isolate.callSync(echo, [value]) as typeof value
    expect(back.self).toBe(back)
    expect(back.list[0]).toBe(back)
  })
})

describe('what only looks plain', () => {
  it('is refused, with its path', () => {
    const cases: [unknown, string][] = [
      [{ a: [{ s: Symbol('s') }] }, 'args[0].a[0].s'],
      [{ a: [1, Symbol('s')] }, 'args[0].a[1]'],
      [{ a: new Proxy({}, {}) }, 'args[0].a'],
      [{ a: [new Proxy([], {})] }, 'args[0].a[0]'],
      [{ a: new WeakMap() }, 'args[0].a'],
    ]
    for (const [value, path] of cases) {
      expect(() => isolate.callSync(echo, [value])).toThrow(
        expect.objectContaining({ name: 'NotShareableError', path }),
      )
    }
    expect(() => channel.trySend([{ a: () => {} }])).toThrow(NotShareableError)
  })

  it('is what it is, whatever its prototype says', () => {
    using isolate = new Isolate()
    // From some objects on they are taken apart in JavaScript.
    for (let i = 0; i < 200; i++) isolate.callSync(echo, [{ i }])
    const map = Object.setPrototypeOf(new Map([[1, 2]]), Object.prototype)
    const date = Object.setPrototypeOf(new Date(5), Object.prototype)
    const fake = Object.setPrototypeOf({ a: 1 }, Date.prototype)
    expect(isolate.callSync(echo, [{ map }])).toEqual({ map: new Map([[1, 2]]) })
    expect(isolate.callSync(echo, [{ date }])).toEqual({ date: new Date(5) })
    expect(isolate.callSync(echo, [{ date: new Date(6) }])).toEqual({ date: new Date(6) })
    expect(Object.keys((isolate.callSync(echo, [{ fake }]) as { fake: object }).fake)).toEqual(['a'])
  })
})

describe('getters of a value', () => {
  it('are asked, and what they throw goes to the sender', () => {
    expect(isolate.callSync(echo, [[{ get a() { return [1] } }]])).toEqual([{ a: [1] }]) // biome-ignore format: short
    const error = new Error('mine')
    const value = [{ get a(): never { throw error } }] // biome-ignore format: short
    expect(() => isolate.callSync(echo, [value])).toThrow(error)
    expect(isolate.callSync(echo, [[{ a: 1 }]])).toEqual([{ a: 1 }])
  })

  it('may send and receive values themselves', () => {
    const other = new Channel<unknown>()
    const value = {
      before: ['a', 1],
      get inner() {
        other.trySend([{ x: 'inner', list: [1, 2, 'three'] }])
        return other.tryReceive()
      },
      after: ['b', 2],
    }
    const expected = { before: ['a', 1], inner: [{ x: 'inner', list: [1, 2, 'three'] }], after: ['b', 2] }
    expect(isolate.callSync(echo, [value])).toEqual(expected)
    channel.trySend(value)
    expect(channel.tryReceive()).toEqual(expected)
  })

  it('may change the value behind the codec', () => {
    const list: unknown[] = [1, 2, 3]
    const value = { get cut() { list.length = 1; return 0 }, list } // biome-ignore format: short
    expect(isolate.callSync(echo, [value])).toEqual({ cut: 0, list: [1] })
  })
})

it('an isolate with little memory refuses what is too large for it, and goes on', async () => {
  const large = Array.from({ length: 3_000_000 }, (_, i) => i / 7)
  await using small = new Isolate({ memoryLimit: 16 })
  const records = Array.from({ length: 200 }, (_, id) => ({ id }))
  expect(await small.call(echo, [records])).toEqual(records)
  expect(await small.call(echo, [records])).toEqual(records)
  await expect(small.call((list: number[]) => list.length, [large])).rejects.toThrow()
})

describe('long strings', () => {
  const oneByte = `${'0123456789abcdef'.repeat(10_000)}é`
  const twoByte = `${'日本'.repeat(20_000)}\ud800`

  it('arrive equal, alone and inside of values, again and again', () => {
    for (const text of [oneByte, twoByte, oneByte.slice(7), `${twoByte}${oneByte}`]) {
      for (let times = 0; times < 3; times++) {
        expect(isolate.callSync(echo, [text]) === text).toBe(true)
        expect(both([{ text, more: [text] }])).toEqual([{ text, more: [text] }])
        expect(isolate.callSync(echo, [new Map([[text, text]])])).toEqual(new Map([[text, text]]))
        expect(isolate.callSync(echo, [{ [text]: 1 }])).toEqual({ [text]: 1 })
      }
    }
  })

  it('outlive the isolate they come from', async () => {
    await using other = new Isolate()
    const text = (await other.run('"0123456789".repeat(100_000)')) as string
    await other.close()
    expect(text === '0123456789'.repeat(100_000)).toBe(true)
  })

  it('are the same characters in memory for all who have them', async () => {
    const text = 'x'.repeat(64 * 2 ** 20)
    await isolate.set({ text })
    const before = process.memoryUsage.rss()
    const others = Array.from({ length: 6 }, () => new Isolate())
    for (const other of others) await other.set({ text })
    const lengths = await Promise.all(
      others.map((other) => other.call(() => (globalThis as { text?: string }).text?.length)),
    )
    expect(lengths).toEqual(others.map(() => text.length))
    expect(process.memoryUsage.rss() - before).toBeLessThan(2 * 64 * 2 ** 20)
    await Promise.all(others.map((other) => other.close()))
  })
})
