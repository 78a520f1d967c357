import { describe, expect, it } from 'vitest'
import { SharedStore } from './helpers/isolates.js'
import { thrown } from './helpers/outcome.js'

describe('a store', () => {
  it('keeps values by key', () => {
    const store = new SharedStore<unknown>()
    expect(store.set('a', 1).set('b', [2])).toBe(store)
    expect([store.get('a'), store.get('b'), store.get('c')]).toEqual([1, [2], undefined])
    expect([store.has('a'), store.has('c'), store.size]).toEqual([true, false, 2])
    expect([store.delete('a'), store.delete('a'), store.has('a'), store.size]).toEqual([true, false, false, 1])
    store.clear()
    expect([store.size, store.get('b')]).toEqual([0, undefined])
  })

  it('keeps undefined, which is not the same as nothing', () => {
    const store = new SharedStore()
    store.set('key', undefined)
    expect([store.get('key'), store.has('key'), store.getOrSet('key', () => 1)]).toEqual([undefined, true, undefined])
  })

  it('gives the same frozen object until the key changes', () => {
    const store = new SharedStore<{ list: number[] }>()
    store.set('key', { list: [1] })
    const first = store.get('key')
    expect(store.get('key')).toBe(first)
    expect([Object.isFrozen(first), Object.isFrozen(first?.list)]).toEqual([true, true])
    store.set('other', { list: [] })
    expect(store.get('key')).toBe(first)
    store.set('key', { list: [1] })
    expect(store.get('key')).not.toBe(first)
    expect(store.get('key')).toEqual(first)
  })

  it('does not see what happens to a value after it was put in', () => {
    const store = new SharedStore<number[]>()
    const list = [1]
    store.set('key', list)
    list.push(2)
    expect([store.get('key'), Object.isFrozen(list)]).toEqual([[1], false])
  })

  it('reads a key right that was taken out and came again', () => {
    const store = new SharedStore<number>()
    for (let round = 0; round < 100; round++) {
      store.set('key', round)
      expect(store.get('key')).toBe(round)
      store.delete('key')
      store.set('another', -round)
      expect([store.get('key'), store.get('another')]).toEqual([undefined, -round])
    }
  })

  it('remembers no more than it should, and reads all the same', () => {
    const store = new SharedStore<number>()
    const count = 10_000
    for (let i = 0; i < count; i++) store.set(`key ${i}`, i)
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < count; i++) if (store.get(`key ${i}`) !== i) expect.fail(`key ${i}`)
    }
    for (let i = 0; i < count; i += 2) store.delete(`key ${i}`)
    for (let i = 0; i < count; i++) if (store.get(`key ${i}`) !== (i % 2 ? i : undefined)) expect.fail(`key ${i}`)
    expect(store.size).toBe(count / 2)
  })

  it.each([
    '',
    ' ',
    '__proto__',
    'constructor',
    'é',
    '中文',
    '😀',
    '\ud800',
    'a\udc00b',
    '\ufffd',
    '\0',
    'x'.repeat(100_000),
  ])('takes the key %j', (key) => {
    const store = new SharedStore<number>()
    store.set(key, 1).set('other', 2)
    expect([store.get(key), store.has(key), store.keys().sort()]).toEqual([1, true, [key, 'other'].sort()])
  })

  it('tells lone surrogates from each other and from U+FFFD', () => {
    const store = new SharedStore<string>()
    const keys = ['\ud800', '\ud801', '\udc00', '\ufffd', '\ud800\udc00']
    for (const key of keys) store.set(key, key)
    expect(keys.map((key) => store.get(key))).toEqual(keys)
    expect(store.keys().sort()).toEqual([...keys].sort())
  })

  it('lists its entries', () => {
    const store = new SharedStore<number>()
    store.set('a', 1).set('b', 2)
    const expected = [
      ['a', 1],
      ['b', 2],
    ]
    expect(store.entries().sort()).toEqual(expected)
    expect([...store].sort()).toEqual(expected)
    const snapshot = store.snapshot()
    store.set('a', 3).delete('b')
    expect([...snapshot].sort()).toEqual(expected)
  })

  it('puts in what is made only where there is nothing', () => {
    const store = new SharedStore<number>()
    expect([store.getOrSet('key', () => 1), store.getOrSet('key', () => expect.fail('made twice'))]).toEqual([1, 1])
    expect(
      thrown(() =>
        store.getOrSet('other', () => {
          throw new Error('no')
        }),
      ).message,
    ).toBe('no')
    expect(store.has('other')).toBe(false)
  })

  it('compares all through before it sets', () => {
    const store = new SharedStore<unknown>()
    expect([store.compareAndSet('key', [1], 2), store.compareAndSet('key', undefined, { a: [1] })]).toEqual([
      false,
      true,
    ])
    expect([store.compareAndSet('key', undefined, 0), store.compareAndSet('key', { a: [2] }, 0)]).toEqual([
      false,
      false,
    ])
    expect([store.compareAndSet('key', { a: [1] }, Number.NaN), store.compareAndSet('key', Number.NaN, 0)]).toEqual([
      true,
      true,
    ])
    expect([store.compareAndSet('key', -0, 1), store.get('key')]).toEqual([false, 0])
  })

  it('updates', () => {
    const store = new SharedStore<readonly number[]>()
    const append = (list: readonly number[] = []): number[] => [...list, list.length]
    expect([store.update('key', append), store.update('key', append), store.get('key')]).toEqual([[0], [0, 1], [0, 1]])
    expect(
      thrown(() =>
        store.update('key', () => {
          throw new Error('no')
        }),
      ).message,
    ).toBe('no')
    expect(store.get('key')).toEqual([0, 1])
  })

  it('calls the function of an update again when the key has changed meanwhile', () => {
    const store = new SharedStore<number>()
    const seen: (number | undefined)[] = []
    const sum = store.update('key', (value = 0) => {
      seen.push(value)
      if (seen.length <= 2) store.set('key', value + 10)
      return value + 1
    })
    expect([sum, seen, store.get('key')]).toEqual([21, [0, 10, 20], 21])
  })

  it('adds numbers and bigints', () => {
    const store = new SharedStore<unknown>()
    expect([store.add('n', 2), store.add('n', -0.5), store.get('n')]).toEqual([2, 1.5, 1.5])
    expect([store.add('b', 2n ** 64n), store.add('b', -1n), store.get('b')]).toEqual([
      2n ** 64n,
      2n ** 64n - 1n,
      2n ** 64n - 1n,
    ])
    expect(thrown(() => store.add('n', 1n))).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => store.add('b', 1))).toMatchObject({ name: 'TypeError' })
    expect(thrown(() => store.add('n', '1' as never))).toMatchObject({ name: 'TypeError', message: /amount/ })
    expect(store.get('n')).toBe(1.5)
  })

  it.each([
    'get',
    'has',
    'delete',
    'set',
    'getIn',
    'setIn',
    'removeIn',
    'getOrSet',
    'compareAndSet',
    'update',
    'add',
    'watch',
    'waitSync',
  ])('%s refuses a key that is no string', (method) => {
    const store = new SharedStore() as unknown as Record<string, (...args: unknown[]) => unknown>
    for (const key of [undefined, null, 1, Symbol('key'), {}]) {
      const args = method === 'add' ? [key, 1] : [key, method.endsWith('In') ? [] : (): number => 1]
      expect(thrown(() => store[method]?.(...args))).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    }
  })

  it('has methods for stores only', () => {
    const { has } = SharedStore.prototype
    expect(thrown(() => has.call({} as never, 'key')).name).toBe('TypeError')
  })
})

describe('a path', () => {
  const value = { users: [{ name: 'Ada', tags: ['a', 'b'] }, { name: 'Bob' }], 7: 'seven', é中: { '': 1 }, none: null }
  const filled = (): SharedStore => new SharedStore().set('key', value)

  it.each([
    [[], value],
    [['users', 0, 'name'], 'Ada'],
    [['users', '0', 'tags', 1], 'b'],
    [['users', 1], { name: 'Bob' }],
    [[7], 'seven'],
    [['7'], 'seven'],
    [['é中', ''], 1],
    [['none'], null],
    [['none', 'x'], undefined],
    [['users', 2], undefined],
    [['users', 'length'], undefined],
    [['users', '00'], undefined],
    [['toString'], undefined],
    [['users', 0, 'name', 0], undefined],
  ] as [(string | number)[], unknown][])('%j leads to a part', (path, part) => {
    expect(filled().getIn('key', path)).toEqual(part)
  })

  it('leads nowhere in a key that is not there', () => {
    expect(filled().getIn('other', ['users'])).toBeUndefined()
  })

  it('leads to frozen parts', () => {
    const part = filled().getIn('key', ['users', 0]) as { tags: string[] }
    expect([Object.isFrozen(part), Object.isFrozen(part.tags)]).toEqual([true, true])
  })

  it('replaces a part and leaves the rest', () => {
    const store = filled()
    const before = store.get('key')
    store.setIn('key', ['users', 0, 'tags', 2], 'c').setIn('key', ['made', 'on', 'the way'], [1])
    expect(store.get('key')).toEqual({
      ...value,
      users: [{ name: 'Ada', tags: ['a', 'b', 'c'] }, { name: 'Bob' }],
      made: { on: { 'the way': [1] } },
    })
    expect(before).toEqual(value)
    store.setIn('key', [], 5)
    expect(store.get('key')).toBe(5)
  })

  it('takes parts out', () => {
    const store = filled()
    expect([store.removeIn('key', ['users', 0, 'tags', 0]), store.removeIn('key', ['users', 1, 'name'])]).toEqual([
      true,
      true,
    ])
    expect(store.getIn('key', ['users'])).toEqual([{ name: 'Ada', tags: ['b'] }, {}])
    expect([store.removeIn('key', ['x']), store.removeIn('key', ['none', 'x']), store.removeIn('no', ['x'])]).toEqual([
      false,
      false,
      false,
    ])
    expect([store.removeIn('key', []), store.has('key'), store.removeIn('key', [])]).toEqual([true, false, false])
  })

  it('does not lead through what has no parts', () => {
    expect(thrown(() => filled().setIn('key', ['users', 0, 'name', 'x'], 1))).toMatchObject({
      name: 'TypeError',
      message: /path\[3\]/,
    })
    expect(thrown(() => filled().setIn('key', ['users', 3], 1))).toMatchObject({
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
      message: /path\[1\]/,
    })
  })

  it.each([[undefined], ['a.b'], [[{}]], [[-1]], [[0.5]], [[2 ** 32]], [[Number.NaN]]])(
    'is refused when it is %j',
    (path) => {
      expect(thrown(() => filled().getIn('key', path as never)).code).toMatch(/ERR_INVALID_ARG_TYPE|ERR_OUT_OF_RANGE/)
    },
  )

  it('replaces a part of a large table in no more time than of a small one', () => {
    const store = new SharedStore<unknown>()
    store.set(
      'key',
      Array.from({ length: 100_000 }, (_, id) => ({ id })),
    )
    for (let i = 0; i < 10_000; i++) store.setIn('key', [i * 10, 'id'], -i)
    expect([store.getIn('key', [99_990, 'id']), store.getIn('key', [99_991, 'id'])]).toEqual([-9999, 99_991])
  })
})

describe('the limit of a store', () => {
  it('is none at first', () => {
    expect(new SharedStore()).toMatchObject({ maxBytes: Number.POSITIVE_INFINITY, bytes: 0, name: undefined })
  })

  it('refuses what would go beyond it, and nothing is changed', () => {
    const store = new SharedStore<unknown>({ maxBytes: 10_000 })
    store.set('small', 'x')
    const full = { name: 'IsolateError', code: 'ERR_STORE_FULL', message: /10000/ }
    const big = 'x'.repeat(20_000)
    expect(thrown(() => store.set('big', big))).toMatchObject(full)
    expect(thrown(() => store.set('small', big))).toMatchObject(full)
    expect(thrown(() => store.setIn('small2', ['a'], big))).toMatchObject(full)
    expect(thrown(() => store.update('small', () => big))).toMatchObject(full)
    expect(thrown(() => store.getOrSet('new', () => big))).toMatchObject(full)
    expect(thrown(() => store.compareAndSet('small', 'x', big))).toMatchObject(full)
    expect(thrown(() => store.transaction((tx) => tx.set('a', 1).set('b', big)))).toMatchObject(full)
    expect([...store]).toEqual([['small', 'x']])
  })

  it('counts what is there, and no more when it is gone', () => {
    const store = new SharedStore<string>({ maxBytes: 1e6 })
    store.set('key', 'x'.repeat(5000))
    expect(store.stats()).toEqual({ keys: 1, bytes: store.bytes, maxBytes: 1e6 })
    expect(store.bytes).toBeGreaterThan(5000)
    store.clear()
    expect(store.bytes).toBe(0)
  })
})

describe('the name of a store', () => {
  it('gives the same store', () => {
    const store = new SharedStore('name')
    expect([new SharedStore('name'), new SharedStore({ name: 'name' }).name]).toEqual([store, 'name'])
    expect(new SharedStore('name')).toBe(store)
    expect(new SharedStore('another')).not.toBe(store)
    expect(new SharedStore()).not.toBe(new SharedStore())
  })

  it('gives an empty store again once nobody has it', async () => {
    const make = (): void => void new SharedStore<number>('forgotten').set('key', 1)
    make()
    for (let round = 0; new SharedStore('forgotten').has('key'); round++) {
      if (round === 1000) expect.fail('it is still there')
      await new Promise(setImmediate)
      globalThis.gc?.()
    }
  })

  it('cannot be had with another limit', () => {
    const store = new SharedStore({ name: 'limited', maxBytes: 1000 })
    expect(new SharedStore({ name: 'limited', maxBytes: 1000 })).toBe(store)
    expect(new SharedStore('limited')).toBe(store)
    expect(thrown(() => new SharedStore({ name: 'limited', maxBytes: 2000 })).code).toBe('ERR_INVALID_OPTION')
    expect(thrown(() => new SharedStore({ name: 'limited', maxBytes: Number.POSITIVE_INFINITY })).code).toBe(
      'ERR_INVALID_OPTION',
    )
  })

  it.each([1, false, { name: 1 }, { maxBytes: '1' }, { maxBytes: 0 }, { maxBytes: 1.5 }, { size: 1 }])(
    'and other options are checked: %j',
    (options) => {
      expect(thrown(() => new SharedStore(options as never)).code).toMatch(
        /^ERR_(INVALID_ARG_TYPE|OUT_OF_RANGE|INVALID_OPTION)$/,
      )
    },
  )
})

describe('a transaction', () => {
  it('reads its own writes, which others see all at once', () => {
    const store = new SharedStore<number>()
    store.set('a', 1).set('b', 2)
    const result = store.transaction((tx) => {
      tx.set('a', 10).set('c', 3)
      expect([tx.get('a'), tx.get('b'), tx.has('c'), tx.delete('b'), tx.has('b'), tx.get('b'), tx.delete('x')]).toEqual(
        [10, 2, true, true, false, undefined, false],
      )
      expect([store.get('a'), store.has('c'), store.get('b')]).toEqual([1, false, 2])
      return 'result'
    })
    expect([result, ...store.entries().sort()]).toEqual(['result', ['a', 10], ['c', 3]])
  })

  it('is done again when what it has read has changed', () => {
    const store = new SharedStore<number>()
    store.set('a', 1)
    let rounds = 0
    store.transaction((tx) => {
      const a = tx.get('a') as number
      if (++rounds <= 3) store.set('a', a + 1)
      tx.set('b', a)
    })
    expect([rounds, store.get('b')]).toEqual([4, 4])
  })

  it('is done again when a key that was not there has come', () => {
    const store = new SharedStore<number>()
    let rounds = 0
    store.transaction((tx) => {
      const there = tx.has('a')
      if (++rounds === 1) store.set('a', 1)
      tx.set('b', there ? 1 : 0)
    })
    expect([rounds, store.get('b')]).toEqual([2, 1])
  })

  it('reads a key only once', () => {
    const store = new SharedStore<number>()
    store.set('a', 1)
    let rounds = 0
    const seen = store.transaction((tx) => {
      const first = tx.get('a')
      if (++rounds === 1) store.set('a', 2)
      return [first, tx.get('a')]
    })
    expect([seen, rounds]).toEqual([[2, 2], 2])
  })

  it('is not disturbed by other keys', () => {
    const store = new SharedStore<number>()
    let rounds = 0
    store.transaction((tx) => {
      rounds++
      store.set('other', rounds)
      tx.set('a', (tx.get('a') ?? 0) + 1)
    })
    expect(rounds).toBe(1)
  })

  it('writes nothing when its function throws', () => {
    const store = new SharedStore<number>()
    const error = thrown(() =>
      store.transaction((tx) => {
        tx.set('a', 1)
        throw new Error('no')
      }),
    )
    expect([error.message, store.size]).toEqual(['no', 0])
  })

  it('does not report an error that came from values which were never there together', () => {
    const store = new SharedStore<number>()
    store.set('a', 1).set('b', 1)
    let rounds = 0
    store.transaction((tx) => {
      const a = tx.get('a')
      if (++rounds === 1) store.transaction((other) => other.set('a', 2).set('b', 2))
      if (a !== tx.get('b')) throw new Error('inconsistent')
    })
    expect(rounds).toBe(2)
  })

  it('writes nothing when a value cannot be shared', () => {
    const store = new SharedStore<unknown>()
    const error = thrown(() => store.transaction((tx) => tx.set('a', 1).set('b', [() => {}])))
    expect([error.code, error.path, store.size]).toEqual(['ERR_NOT_SHAREABLE', 'value[0]', 0])
  })

  it('is over when its function has returned', () => {
    const store = new SharedStore<number>()
    const tx = store.transaction((inner) => inner)
    expect([thrown(() => tx.get('a')).name, thrown(() => tx.set('a', 1)).name]).toEqual(['TypeError', 'TypeError'])
  })

  it('must not be asynchronous', () => {
    const store = new SharedStore<number>()
    expect(thrown(() => store.transaction(async (tx) => tx.set('a', 1))).code).toBe('ERR_INVALID_FUNCTION')
    expect(store.size).toBe(0)
  })
})
