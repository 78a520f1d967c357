import { describe, expect, it } from 'vitest'
import { Isolate, SharedStore } from './helpers/isolates.js'
import { failure, outcome, thrown } from './helpers/outcome.js'
import { turn } from './helpers/until.js'

describe('watch()', () => {
  it('begins with what is there', async () => {
    const store = new SharedStore<number>()
    store.set('key', 1)
    for await (const value of store.watch('key')) {
      expect(value).toBe(1)
      break
    }
  })

  it('gives each change to who is quick, and undefined for the end', async () => {
    const store = new SharedStore<number>()
    const values = store.watch('key')
    const seen: unknown[] = []
    for (const change of [
      () => store.set('key', 1),
      () => store.set('key', 1),
      () => store.delete('key'),
      () => store.set('key', 2),
    ]) {
      const next = values.next()
      await turn()
      change()
      seen.push((await next).value)
    }
    expect(seen).toEqual([1, 1, undefined, 2])
    await values.return?.()
  })

  it('gives only the newest to who is slow', async () => {
    const store = new SharedStore<number>()
    const values = store.watch('key')
    for (let i = 0; i <= 100; i++) store.set('key', i)
    expect(await values.next()).toEqual({ done: false, value: 100 })
    for (let i = 0; i <= 50; i++) store.set('key', i)
    expect((await values.next()).value).toBe(50)
    await values.return?.()
  })

  it('is not woken by other keys', async () => {
    const store = new SharedStore<number>()
    const next = store.watch('key').next()
    for (let i = 0; i < 100; i++) store.set(`other ${i}`, i)
    store.set('key', 1)
    expect((await next).value).toBe(1)
  })

  it('serves those who ask several times at once in order', async () => {
    const store = new SharedStore<number>()
    const values = store.watch('key')
    const all = [values.next(), values.next(), values.next()]
    for (const [i, next] of all.entries()) {
      store.set('key', i)
      expect((await next).value).toBe(i)
    }
  })

  it('ends by return(), which also ends a wait', async () => {
    const store = new SharedStore<number>()
    const values = store.watch('key')
    const waiting = values.next()
    await turn()
    expect(await values.return?.()).toEqual({ done: true, value: undefined })
    expect(await waiting).toEqual({ done: true, value: undefined })
    store.set('key', 1)
    expect(await values.next()).toEqual({ done: true, value: undefined })
  })

  it('ends by its signal, with the reason', async () => {
    const store = new SharedStore<number>()
    const controller = new AbortController()
    const values = store.watch('key', { signal: controller.signal })
    const waiting = outcome(values.next())
    await turn()
    controller.abort('enough')
    expect(await waiting).toEqual({ status: 'rejected', reason: 'enough' })
    expect(await values.next()).toEqual({ done: true, value: undefined })
    expect(await failure(store.watch('key', { signal: controller.signal }).next())).toBe('enough')
  })

  it('checks its options', () => {
    const store = new SharedStore()
    expect(thrown(() => store.watch('key', { signal: 1 } as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(thrown(() => store.watch('key', { timeout: 1 } as never)).code).toBe('ERR_INVALID_OPTION')
  })

  it('never misses the last value, whoever writes how fast', async () => {
    const store = new SharedStore<number>()
    const writers = [1, 2, 3].map(() => new Isolate())
    const last = 3000
    const watched = (async () => {
      let value: number | undefined
      for await (value of store.watch('key')) if (value === last) break
      return value
    })()
    using watcher = new Isolate()
    const inGuest = watcher.run(`let seen; for await (seen of store.watch('key')) if (seen === ${last}) break; seen`, {
      globals: { store },
    })
    await Promise.all(
      writers.map((isolate) =>
        isolate.run('for (let i = 0; i < 1000; i++) store.add("key", 1)', { globals: { store } }),
      ),
    )
    expect(await Promise.all([watched, inGuest])).toEqual([last, last])
    for (const isolate of writers) await isolate.close()
  })

  it('leaves nothing behind when its isolate dies', async () => {
    const store = new SharedStore<number>()
    for (let round = 0; round < 10; round++) {
      const isolate = new Isolate()
      const running = outcome(
        isolate.run("globalThis.w = store.watch('key'); w.next(); await w.next()", { globals: { store } }),
      )
      await isolate.run('0')
      isolate.terminate()
      expect((await running).status).toBe('rejected')
      store.set('key', round)
      expect(store.get('key')).toBe(round)
    }
  })
})

describe('waitSync()', () => {
  it('returns at once what is there', () => {
    const store = new SharedStore<number>()
    store.set('key', 1)
    expect([store.waitSync('key'), store.waitSync('key', (value) => value === 1)]).toEqual([1, 1])
  })

  it('blocks a guest until somebody puts in what it wants', async () => {
    const store = new SharedStore<number>()
    using isolate = new Isolate()
    using other = new Isolate()
    const waiting = isolate.run("store.set('ready', 1); store.waitSync('key', (value) => value >= 100)", {
      globals: { store },
    })
    await other.run("store.waitSync('ready'); for (let i = 0; i < 100; i++) store.add('key', 1)", {
      globals: { store },
    })
    expect(await waiting).toBe(100)
  })

  it('ends in a TimeoutError, on the main thread too', async () => {
    const store = new SharedStore<number>()
    const timeUp = { name: 'TimeoutError', code: 'ERR_TIMEOUT' }
    const start = performance.now()
    expect(thrown(() => store.waitSync('key', undefined, { timeout: 2.5 }))).toMatchObject(timeUp)
    expect(performance.now() - start).toBeGreaterThanOrEqual(2.4)
    using isolate = new Isolate()
    expect(
      await failure(isolate.run("store.waitSync('key', undefined, { timeout: 1 })", { globals: { store } })),
    ).toMatchObject(timeUp)
  })

  it('is not delayed for ever by changes to what it does not want', async () => {
    const store = new SharedStore<number>()
    using isolate = new Isolate()
    const writing = isolate.run("for (;;) store.add('key', 1)", { globals: { store } })
    expect(thrown(() => store.waitSync('key', () => false, { timeout: 20 })).name).toBe('TimeoutError')
    isolate.terminate()
    await outcome(writing)
  })

  it('is refused on the main thread without a timeout, unless it need not wait', () => {
    const store = new SharedStore<number>()
    expect(thrown(() => store.waitSync('key')).code).toBe('ERR_WOULD_BLOCK')
  })

  it('throws what its predicate throws', () => {
    const store = new SharedStore<number>()
    const error = new Error('no')
    expect(
      thrown(() =>
        store.waitSync('key', () => {
          throw error
        }),
      ),
    ).toBe(error)
  })

  it('checks its arguments', () => {
    const store = new SharedStore<number>()
    expect(thrown(() => store.waitSync('key', 1 as never)).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(thrown(() => store.waitSync('key', undefined, { timeout: 0 })).code).toBe('ERR_OUT_OF_RANGE')
    expect(thrown(() => store.waitSync('key', undefined, { signal: 1 } as never)).code).toBe('ERR_INVALID_OPTION')
  })

  it('can be stopped', async () => {
    const store = new SharedStore<number>()
    using isolate = new Isolate()
    const waiting = outcome(
      isolate.run("store.set('ready', 1); store.waitSync('key')", { globals: { store }, timeout: 500 }),
    )
    expect(await waiting).toMatchObject({ status: 'rejected', reason: { name: 'TimeoutError' } })
    expect(await isolate.run("store.get('ready')")).toBe(1)
    const again = outcome(isolate.run("store.set('again', 1); store.waitSync('key')"))
    expect(store.waitSync('again', undefined, { timeout: 10_000 })).toBe(1)
    isolate.terminate()
    expect(await again).toMatchObject({ status: 'rejected', reason: { name: 'IsolateClosedError' } })
  })
})

describe('wait()', () => {
  it('gives what is there already, and else waits for it', async () => {
    const store = new SharedStore<number>()
    store.set('there', 1)
    expect(await store.wait('there')).toBe(1)
    const waiting = store.wait('key', (value) => value === 3)
    for (const value of [1, 2, 3]) store.set('key', value)
    expect(await waiting).toBe(3)
  })

  it('is woken by another isolate, and wakes one', async () => {
    const store = new SharedStore<string>()
    await using isolate = new Isolate({ globals: { store } })
    const inside = isolate.run(
      `store.wait('to guest').then((value) => { store.set('to host', value + '!'); return 'seen' })`,
    )
    const outside = store.wait('to host')
    store.set('to guest', 'hello')
    expect(await outside).toBe('hello!')
    expect(await inside).toBe('seen')
  })

  it('rejects when its time is up, whatever happens meanwhile', async () => {
    const store = new SharedStore<number>()
    store.set('key', 0)
    const waiting = store.wait('key', (value) => value === -1, { timeout: 30 })
    const ended = waiting.then(
      () => true,
      () => true,
    )
    let over = false
    ended.then(() => {
      over = true
    })
    while (!over) {
      store.add('key', 1)
      await turn()
    }
    expect(await failure(waiting)).toMatchObject({ name: 'TimeoutError' })
  })

  it('is given up by its signal, with the reason', async () => {
    const store = new SharedStore()
    const reason = new Error('enough')
    const controller = new AbortController()
    const waiting = store.wait('key', undefined, { signal: controller.signal })
    await turn()
    controller.abort(reason)
    expect(await failure(waiting)).toBe(reason)
    expect(await failure(store.wait('key', undefined, { signal: AbortSignal.abort(reason) }))).toBe(reason)
  })

  it('rejects with what the predicate throws', async () => {
    const store = new SharedStore<number>()
    const waiting = store.wait('key', (value) => {
      if (value === 1) throw new Error('not this')
      return false
    })
    store.set('key', 1)
    expect(await failure(waiting)).toMatchObject({ message: 'not this' })
  })

  it('rejects for wrong arguments', async () => {
    const store = new SharedStore()
    expect(await failure(store.wait(1 as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(await failure(store.wait('key', 1 as never))).toMatchObject({ name: 'TypeError' })
    expect(await failure(store.wait('key', undefined, { wrong: 1 } as never))).toMatchObject({
      code: 'ERR_INVALID_OPTION',
    })
  })
})
