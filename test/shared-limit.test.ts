import { describe, expect, it } from 'vitest'
import { Isolate, SharedStore, stats } from './helpers/isolates.js'
import { thrown } from './helpers/outcome.js'

const megabyte = 2 ** 20
// Distinct each time, and large enough to be looked after.
const value = '{ i, list: Array.from({ length: 2000 }, (_, k) => k + i / 2) }'
const forEver = (body: string): string => `{ const kept = []; for (let i = 0; ; i++) { ${body} } }`

describe('what a guest has made outside of every heap', () => {
  it.each([
    ['values it shares and keeps', `kept.push(isolates.share(${value}))`],
    ['strings it shares and keeps', "kept.push(isolates.share('x'.repeat(1e5) + i))"],
    ['values in a store of its host', `store.set('k' + i, ${value})`],
    ['values it shares, held by others only', `store.set('k' + i, isolates.share(${value}))`],
    ['values shared in values it shares', `kept.push(isolates.share([isolates.share(${value})]))`],
    ['values in stores of its own', `kept.push(new isolates.SharedStore()); kept[i].set('k', ${value})`],
  ])('ends it when it is more than its limit: %s', async (_what, body) => {
    const store = new SharedStore()
    const first = new Isolate({ memoryLimit: 16, globals: { store } })
    await expect(first.run(forEver(body))).rejects.toMatchObject({ code: 'ERR_MEMORY_LIMIT' })
    store.clear()
    const second = new Isolate({ memoryLimit: 16, globals: { store } })
    expect(thrown(() => second.runSync(forEver(body))).code).toBe('ERR_MEMORY_LIMIT')
    await Promise.all([first.closed, second.closed])
    store.clear()
    using other = new Isolate({ globals: { store } })
    expect(await other.run('store.set("k", 1); store.get("k")')).toBe(1)
  })

  it.each([
    ['shared, and dropped', `isolates.share(${value})`],
    ['strings shared, and dropped', "isolates.share('x'.repeat(1e5) + i)"],
    ['put into a store, each in place of the one before', `store.set('k', ${value})`],
    ['put into a store, and taken out', `store.set('k' + i, ${value}); store.delete('k' + i)`],
  ])('may be many times its limit, one after the other: %s', async (_what, body) => {
    using isolate = new Isolate({ memoryLimit: 16, globals: { store: new SharedStore() } })
    expect(await isolate.run(`for (let i = 0; i < 1500; i++) { ${body} } 1`)).toBe(1)
    expect(isolate.runSync(`for (let i = 0; i < 1500; i++) { ${body} } 1`)).toBe(1)
  })

  it('is not what others made, also where it shares that again', async () => {
    const table = Array.from({ length: 64 }, (_, i) => ({ i, text: `${i}`.repeat(2 ** 19) }))
    using isolate = new Isolate({ memoryLimit: 16, globals: { store: new SharedStore() } })
    using owner = new Isolate()
    const store = await isolate.get<SharedStore>('store')
    store.set('table', table as never)
    await owner.run('var table = 1', { globals: { store } })
    const again = `var all = []
      for (let i = 0; i < 200; i++) all.push(isolates.share([i, store.get('table')]))
      all.length`
    expect(await isolate.run(again)).toBe(200)
    store.clear()
  })

  it('is known to stats(), and gone from there when it is dropped', async () => {
    using isolate = new Isolate()
    await isolate.run(
      "var s = isolates.share(Array.from({ length: 2 ** 18 }, (_, i) => i + 0.5)), c = new isolates.Channel(), store = new isolates.SharedStore(); store.set('k', 'x'.repeat(5000)); c.trySend('y'.repeat(1e5))",
    )
    const { sharedBytes, channels, channelBytes, storeBytes } = isolate.stats()
    expect(sharedBytes).toBeGreaterThan(2 * megabyte)
    expect(sharedBytes).toBeLessThan(4 * megabyte)
    expect(channels).toBe(1)
    expect(channelBytes).toBeGreaterThan(90_000)
    expect(storeBytes).toBeGreaterThan(5000)
    expect(stats().sharedBytes).toBeGreaterThanOrEqual(sharedBytes)
    await isolate.run(
      'store.clear(); c.tryReceive(); for (let i = 0; i < 4; i++) isolates.share(Array.from({ length: 2 ** 18 }, (_, k) => k + i))',
    )
    const after = isolate.stats()
    expect(after.storeBytes).toBe(0)
    expect(after.channelBytes).toBe(0)
  })

  it('is held by whoever has it when the one who made it is gone', async () => {
    const store = new SharedStore()
    const isolate = new Isolate({ memoryLimit: 16, globals: { store } })
    await isolate.run("store.set('k', Array.from({ length: 1e5 }, (_, i) => i + 0.5))")
    isolate.terminate()
    await isolate.closed
    expect((store.get('k') as number[]).length).toBe(1e5)
    store.delete('k')
  })
})

describe('the time calls wait for their turn', () => {
  it('is known to stats()', async () => {
    using isolate = new Isolate()
    const wait = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    await Promise.all([isolate.call(wait, [50]), isolate.call(wait, [0]), isolate.call(wait, [0])])
    const { waitMs } = isolate.stats()
    // Two calls waited for the first.
    expect(waitMs).toBeGreaterThan(90)
    const held = isolate.call(wait, [50])
    await isolate.call(wait, [0]).then(() => held)
    expect(isolate.stats().waitMs).toBeGreaterThan(waitMs + 40)
  })
})
