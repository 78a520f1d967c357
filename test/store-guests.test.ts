import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { root } from './helpers/child.js'
import { Channel, Isolate, SharedStore } from './helpers/isolates.js'
import { outcome } from './helpers/outcome.js'

describe('a store in guests', () => {
  it('is the same by every road', async () => {
    using isolate = new Isolate()
    const store = new SharedStore<unknown>('roads')
    const channel = new Channel<unknown>()
    const outer = new SharedStore<unknown>()
    outer.set('store', store)
    store.set('channel', channel)
    channel.trySend(store)
    await isolate.set({ store, channel, outer })
    expect(
      await isolate.run(`
        const named = new isolates.SharedStore('roads')
        named === store && channel.tryReceive() === store && outer.get('store') === store && store.get('channel') === channel`),
    ).toBe(true)
    expect(
      await isolate.call((there: unknown, here: string) => (globalThis as never)[here] === there, [store, 'store']),
    ).toBe(true)
    expect(await isolate.run('store')).toBe(store)
    expect(await isolate.get('store')).toBe(store)
    store.clear()
  })

  it('has what any of them puts in, frozen and once per isolate', async () => {
    using one = new Isolate()
    using two = new Isolate()
    const store = new SharedStore<unknown>()
    await Promise.all([one.set({ store }), two.set({ store })])
    await one.run("store.set('key', { list: [1, 'é中'] }); 0")
    expect(store.get('key')).toEqual({ list: [1, 'é中'] })
    expect(
      await two.run("const a = store.get('key'); a === store.get('key') && Object.isFrozen(a.list) && a.list[1]"),
    ).toBe('é中')
    store.set('key', 2)
    expect(await two.run("store.get('key')")).toBe(2)
  })

  it('can be made by one and used by another, also when that one is gone', async () => {
    const maker = new Isolate()
    using user = new Isolate()
    const store = (await maker.run(
      "const made = new isolates.SharedStore(); made.set('long', 'x'.repeat(1e5)).set('key', { a: [1] }); made.get('long'); made",
    )) as SharedStore<unknown>
    await maker.close()
    globalThis.gc?.()
    await user.set({ store })
    expect(await user.run("store.get('long').length + store.get('key').a[0]")).toBe(100_001)
    expect([store instanceof SharedStore, store.size]).toEqual([true, 2])
  })

  it('outlives an isolate that used its long strings, and they outlive the store', async () => {
    const isolate = new Isolate()
    const store = new SharedStore<string>()
    store.set('text', '中'.repeat(100_000))
    const text = store.get('text')
    await isolate.run("globalThis.text = store.get('text'); store.set('joined', text + text); 0", {
      globals: { store },
    })
    store.delete('text')
    expect(await isolate.run('text.length + text.charCodeAt(99999)')).toBe(100_000 + '中'.charCodeAt(0))
    isolate.terminate()
    expect([store.get('joined')?.length, text?.at(-1)]).toEqual([200_000, '中'])
  })

  it('has all of its errors there', async () => {
    using isolate = new Isolate()
    const store = new SharedStore<unknown>({ maxBytes: 1000 })
    await isolate.set({ store })
    const caught = (code: string): Promise<unknown> =>
      isolate.run(`try { ${code} } catch (error) { [error.name, error.code, error.path] }`)
    expect(await caught("store.set('key', 'x'.repeat(2000))")).toEqual(['IsolateError', 'ERR_STORE_FULL', undefined])
    expect(await caught("store.set('key', [() => {}])")).toEqual(['NotShareableError', 'ERR_NOT_SHAREABLE', 'value[0]'])
    expect(await caught('store.get(1)')).toEqual(['TypeError', 'ERR_INVALID_ARG_TYPE', undefined])
    expect(await caught('new isolates.SharedStore({ x: 1 })')).toEqual(['TypeError', 'ERR_INVALID_OPTION', undefined])
  })

  it.each(['before', 'after'])(
    'does not show the memory of its numbers to a guest that replaces builtins %s it comes',
    async (when) => {
      using isolate = new Isolate()
      const store = new SharedStore<number>()
      store.set('key', 1)
      if (when === 'after') await isolate.set({ store })
      await isolate.run(`
      var seen = []
      const spy = (of, name) => {
        const original = of[name]
        of[name] = function (...args) { seen[seen.length] = [this, ...args]; return Reflect.apply(original, this, args) }
      }
      for (const name of ['get', 'set', 'has', 'forEach', 'delete', 'clear']) spy(Map.prototype, name)
      for (const name of ['load', 'store', 'add']) spy(Atomics, name)
      globalThis.Map = class extends Map { constructor(...args) { super(...args); seen[seen.length] = [this] } }
      for (let i = 0; i < 8; i++) {
        Object.defineProperty(Array.prototype, i, { set(value) { Object.defineProperty(this, i, { value, writable: true, enumerable: true, configurable: true }); found = [value, ...found] }, configurable: true })
      }
      var found = []
      0`)
      if (when === 'before') await isolate.set({ store })
      expect(
        await isolate.run(`
        store.get('key'); store.get('key'); store.set('key', 2); store.get('key'); store.delete('x'); store.getOrSet('y', () => 1)
        for (let i = 0; i < 8; i++) delete Array.prototype[i]
        const values = [...seen.flat(), ...found];
        [values.some((each) => each instanceof Map || ArrayBuffer.isView(each)), store.get('key')].join()`),
      ).toBe('false,2')
    },
  )

  it('still works in a guest that broke its builtins', async () => {
    using isolate = new Isolate()
    const store = new SharedStore<unknown>()
    await isolate.run(
      'Map.prototype.get = Map.prototype.set = Atomics.load = () => { throw 1 }; globalThis.Map = null; 0',
    )
    await isolate.set({ store })
    expect(
      await isolate.run("store.set('key', [1]); store.get('key') === store.get('key') && store.get('key')[0]"),
    ).toBe(1)
  })
})

describe('many isolates', () => {
  const all = async (count: number, source: string, store: SharedStore<unknown>): Promise<unknown[]> => {
    const isolates = Array.from({ length: count }, () => new Isolate())
    try {
      return await Promise.all(isolates.map((isolate, index) => isolate.run(source, { globals: { store, index } })))
    } finally {
      await Promise.all(isolates.map((isolate) => isolate.close()))
    }
  }

  it('add up', async () => {
    const store = new SharedStore<unknown>()
    await all(4, "for (let i = 0; i < 20000; i++) { store.add('n', 1); store.add('b', 1n) } 0", store)
    expect([store.get('n'), store.get('b')]).toEqual([80_000, 80_000n])
  })

  it('update, compare and set without losing anything', async () => {
    const store = new SharedStore<unknown>()
    await all(
      4,
      `for (let i = 0; i < 500; i++) {
        store.update('list', (list = []) => list.length < 50 ? [...list, index] : list)
        store.update('count', (n = 0) => n + 1)
        for (let old; !store.compareAndSet('turns', old = store.get('turns'), (old ?? 0) + 1););
        store.getOrSet('first', () => index)
        store.setIn('deep', ['of', 'isolate' + index], i)
      } 0`,
      store,
    )
    expect([store.get('count'), store.get('turns'), (store.get('list') as unknown[]).length]).toEqual([2000, 2000, 50])
    expect(store.get('deep')).toEqual({ of: { isolate0: 499, isolate1: 499, isolate2: 499, isolate3: 499 } })
  })

  it('move between accounts, and the sum is right at every moment', async () => {
    const store = new SharedStore<unknown>()
    const accounts = 8
    for (let i = 0; i < accounts; i++) store.set(`account ${i}`, 100)
    const wrong = await all(
      4,
      `let wrong = 0, seed = index + 1
      const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) % ${accounts}
      for (let i = 0; i < 1000; i++) {
        const from = 'account ' + random(), to = 'account ' + random()
        store.transaction((tx) => {
          tx.set(from, tx.get(from) - 1)
          tx.set(to, tx.get(to) + 1)
        })
        if (i % 50 === 0) {
          let sum = 0
          if (i % 100 === 0) for (const [, value] of store.snapshot()) sum += value
          else sum = store.transaction((tx) => { let all = 0; for (let k = 0; k < ${accounts}; k++) all += tx.get('account ' + k); return all })
          if (sum !== ${accounts * 100}) wrong++
        }
      }
      wrong`,
      store,
    )
    expect(wrong).toEqual([0, 0, 0, 0])
    let sum = 0
    for (const [, value] of store) sum += value as number
    expect(sum).toBe(accounts * 100)
  })

  it('read whole values only, in an order that never goes back', async () => {
    const store = new SharedStore<unknown>()
    store.set('key', { n: 0, twice: 0 })
    const wrong = await all(
      4,
      `let wrong = 0, last = 0
      if (index === 0) for (let n = 1; n <= 20000; n++) store.set('key', { n, twice: 2 * n })
      else while (last < 20000) {
        const { n, twice } = store.get('key')
        if (twice !== 2 * n || n < last) wrong++
        last = n
      }
      wrong`,
      store,
    )
    expect(wrong).toEqual([0, 0, 0, 0])
  })

  it('may die at any time, and nothing is half done', async () => {
    const store = new SharedStore<unknown>()
    const bystander = store.watch('never')
    const nothing = bystander.next()
    for (let round = 0; round < 20; round++) {
      const isolate = new Isolate()
      const run = outcome(
        isolate.run(
          "store.set('started', round); for (let i = 0; ; i++) { store.transaction((tx) => tx.set('a', i).set('b', i)); store.set('c', { i }); store.get('c') }",
          { globals: { store, round } },
        ),
      )
      store.waitSync('started', (value) => value === round, { timeout: 10_000 })
      isolate.terminate()
      expect((await run).status).toBe('rejected')
      const { a, b } = Object.fromEntries(store.snapshot()) as { a?: number; b?: number }
      expect(a).toBe(b)
      store.set('c', round)
      expect(store.get('c')).toBe(round)
    }
    await bystander.return?.()
    expect((await nothing).done).toBe(true)
  })
})

describe('a worker thread', () => {
  it('has the same stores by their names, and its end takes none along', async () => {
    const store = new SharedStore<unknown>('of workers')
    const source = `
      const { SharedStore } = require(${JSON.stringify(root)})
      const store = new SharedStore('of workers')
      store.waitSync('go')
      for (let i = 0; i < 1000; i++) store.add('n', 1)
      store.set('text', 'x'.repeat(1e5))
      store.set('mine', new SharedStore('of one worker'))
      store.get('text')
      store.watch('n').next(); store.watch('never').next(); process.exit()`
    const workers = [1, 2].map(() => new Worker(source, { eval: true }))
    const exits = Promise.all(workers.map((worker) => once(worker, 'exit')))
    store.set('go', 1)
    await exits
    expect([store.get('n'), (store.get('text') as string).length]).toEqual([2000, 100_000])
    expect((store.get('mine') as SharedStore).name).toBe('of one worker')
    store.clear()
  })

  it('can be terminated while it waits', async () => {
    const store = new SharedStore<unknown>('of a waiting worker')
    const source = `
      const { SharedStore } = require(${JSON.stringify(root)})
      const store = new SharedStore('of a waiting worker')
      store.set('ready', 1)
      store.waitSync('never')`
    const worker = new Worker(source, { eval: true })
    const exit = once(worker, 'exit')
    for await (const ready of store.watch('ready')) if (ready === 1) break
    await worker.terminate()
    expect((await exit)[0]).toBe(1)
    store.set('never', 1)
  })
})
