import { describe, expect, it } from 'vitest'
import { Isolate, SharedStore, share } from './helpers/isolates.js'

// Large values go in and out of a store by the codec of plain values, unless there is more in them than that knows.

const records = Array.from({ length: 1000 }, (_, id) => ({
  id,
  name: `user ${id}`,
  score: id / 3,
  active: id % 2 === 0,
  tags: ['abc', `t${id % 7}`],
  nothing: null,
  missing: undefined,
}))
const values: Record<string, unknown> = {
  'records of one shape': records,
  'a table of many keys': Object.fromEntries(records.map((record) => [`user:${record.id}`, record])),
  'text of both kinds': records.map(({ id }) => ({ id, text: id % 3 ? 'grün' : '日本', long: 'x'.repeat(id) })),
  numbers: Array.from({ length: 5000 }, (_, i) => (i % 2 ? i / 7 : -i)),
  'special numbers': records.map(() => [-0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 27)]),
  'empty containers': records.map(() => ({ list: [], object: {}, text: '' })),
  'bigints among the rest': records.map(({ id }) => ({ id, big: BigInt(id) ** 9n })),
  'deep values': records.map((_, i) => Array.from({ length: i % 150 }).reduce((inside) => [inside], i)),
  'keys that are names of the language': JSON.parse(`[${'{"__proto__":1,"constructor":2,"10":3},'.repeat(400)}{}]`),
  'very long text': records.slice(0, 5).map(() => 'y'.repeat(10_000)),
}

describe('large values', () => {
  for (const [name, value] of Object.entries(values)) {
    it(`with ${name} come back equal and frozen, in the host and in a guest`, async () => {
      const store = new SharedStore()
      await using isolate = new Isolate({ globals: { store } })
      for (let times = 0; times < 3; times++) {
        store.set('key', value)
        const got = store.get('key')
        expect(got).toEqual(value)
        expect(Object.isFrozen(got)).toBe(true)
        for (const part of Object.values(got as object).slice(0, 50)) expect(Object.isFrozen(part)).toBe(true)
      }
      expect(await isolate.run(`store.set('back', store.get('key')); Object.isFrozen(store.get('back'))`)).toBe(true)
      expect(store.get('back')).toEqual(value)
      await isolate.run(`store.set('copy', JSON.parse(JSON.stringify({ list: [1, { a: 'b' }] })))`)
      expect(store.get('copy')).toEqual({ list: [1, { a: 'b' }] })
      expect(share(value)).toEqual(value)
    })
  }

  it('with dates in them are made for each reader', () => {
    const store = new SharedStore<{ at: Date }[]>()
    store.set(
      'key',
      records.map(({ id }) => ({ at: new Date(id * 1e10) })),
    )
    const [one, two] = [store.get('key'), store.get('key')]
    expect(one).toEqual(two)
    expect(one?.[3]).not.toBe(two?.[3])
    expect(one?.[3]?.at).toEqual(new Date(3e10))
  })

  it('that occur twice in another are equal in both places', () => {
    const store = new SharedStore()
    const twice = { list: records, again: records }
    store.set('key', twice)
    expect(store.get('key')).toEqual(twice)
  })

  it('are refused with the place of what cannot be shared', () => {
    class Point {
      x = 1
    }
    const store = new SharedStore()
    const cases: [unknown, RegExp][] = [
      [[...records, { f() {} }], /value\[1000\]\.f/],
      [[...records, new Point()], /value\[1000\]/],
      [[...records, [new Map()]], /value\[1000\]\[0\]/],
    ]
    for (const [value, place] of cases) {
      for (let times = 0; times < 3; times++) expect(() => store.set('key', value)).toThrow(place)
    }
    const circular: unknown[] = [...records]
    circular.push(circular)
    expect(() => store.set('key', circular)).toThrow(/value\[1000\]/)
    expect(store.has('key')).toBe(false)
  })

  it('are read with what a getter gave, and its error is the one that is thrown', () => {
    const store = new SharedStore()
    store.set(
      'key',
      records.map(({ id }) => ({
        get twice() {
          return id * 2
        },
      })),
    )
    expect(store.getIn('key', [500, 'twice'])).toBe(1000)
    const failing = [
      ...records,
      {
        get no(): never {
          throw new Error('not this one')
        },
      },
    ]
    expect(() => store.set('key', failing)).toThrow('not this one')
  })

  it('keep a text that comes again once', () => {
    const store = new SharedStore()
    const text = 'a text of some thirty characters'
    store.set(
      'key',
      Array.from({ length: 10_000 }, (_, i) => ({ text, i })),
    )
    const got = store.get('key') as { text: string }[]
    expect(got.every((each) => each.text === text)).toBe(true)
  })
})

describe('a store in itself', () => {
  it('is refused, by every road, with its place', async () => {
    const store = new SharedStore<unknown>()
    await using isolate = new Isolate({ globals: { store } })
    store.set('list', [])
    const refused = expect.objectContaining({ name: 'NotShareableError', path: 'value.deep[0]' })
    const inside = { deep: [store] }
    expect(() => store.set('key', inside)).toThrow(refused)
    expect(() => store.setIn('list', [0], inside)).toThrow(refused)
    expect(() => store.getOrSet('key', () => inside)).toThrow(refused)
    expect(() => store.update('key', () => inside)).toThrow(refused)
    expect(() => store.transaction((tx) => tx.set('key', inside))).toThrow(refused)
    await expect(isolate.run(`store.set('key', { deep: [store] })`)).rejects.toMatchObject({
      name: 'NotShareableError',
    })
    expect(store.keys()).toEqual(['list'])
    const other = new SharedStore<unknown>()
    other.set('key', inside)
    expect(other.get('key')).toEqual(inside)
  })
})
