import { describe, expect, it } from 'vitest'
import { Isolate, type Permit, Semaphore } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'
import { until } from './helpers/until.js'

describe('a semaphore', () => {
  it('lets in as many as it has permits', async () => {
    const slots = new Semaphore(2)
    const held = [await slots.acquire(), slots.acquireSync()]
    expect([slots.available, slots.limit, slots.tryAcquire()]).toEqual([0, 2, undefined])
    held[0]?.release()
    held[0]?.release()
    expect(slots.available).toBe(1)
    expect(slots.tryAcquire()?.permits).toBe(1)
  })

  it('bounds how many run at the same time, among isolates too', async () => {
    const slots = new Semaphore(3)
    const cells = new Int32Array(new SharedArrayBuffer(8))
    const isolates = Array.from({ length: 6 }, () => new Isolate({ globals: { slots, cells } }))
    const source = (acquire: string): string => `
      for (let i = 0; i < 50; i++) {
        const permit = ${acquire}
        const now = Atomics.add(cells, 0, 1) + 1
        if (now > Atomics.load(cells, 1)) Atomics.store(cells, 1, now)
        for (let n = 0; n < 1000; n++);
        Atomics.sub(cells, 0, 1)
        permit.release()
      }`
    await Promise.all(
      isolates.map((isolate, index) =>
        isolate.run(source(index % 2 ? 'slots.acquireSync()' : 'await slots.acquire()')),
      ),
    )
    expect(cells[0]).toBe(0)
    expect(cells[1]).toBeLessThanOrEqual(3)
    expect(slots.stats()).toEqual({ available: 3, limit: 3, waiting: 0 })
    for (const isolate of isolates) isolate.terminate()
  })

  it('does not starve who wants many', async () => {
    const slots = new Semaphore(3)
    const one = await slots.acquire()
    const order: string[] = []
    const note = (permit: Permit, name: string): Permit => {
      order.push(name)
      return permit
    }
    const many = slots.acquire({ permits: 3 }).then((permit) => note(permit, 'many'))
    const few = slots.acquire().then((permit) => note(permit, 'few'))
    expect(slots.tryAcquire()).toBeUndefined()
    one.release()
    ;(await many).release()
    await few
    expect(order).toEqual(['many', 'few'])
  })

  it('lets those behind in when the one in front gives up', async () => {
    const slots = new Semaphore(2)
    await slots.acquire()
    const controller = new AbortController()
    const many = failure(slots.acquire({ permits: 2, signal: controller.signal }))
    const few = slots.acquire()
    controller.abort('enough')
    expect(await many).toBe('enough')
    expect((await few).permits).toBe(1)
  })

  it('holds for as long as a function runs, and for a using block', async () => {
    const slots = new Semaphore(2)
    expect(await slots.run(async (permit: Permit) => [permit.permits, await slots.available], { permits: 2 })).toEqual([
      2, 0,
    ])
    expect(await failure(slots.run(() => Promise.reject(new Error('own'))))).toMatchObject({ message: 'own' })
    {
      using permit = await slots.acquire()
      expect([permit.released, slots.available]).toEqual([false, 1])
    }
    expect(slots.available).toBe(2)
  })

  it('can be given permits that nobody had', async () => {
    const tokens = new Semaphore(0)
    expect(tokens.limit).toBe(Infinity)
    const waiting = [tokens.acquire(), tokens.acquire({ permits: 2 })]
    tokens.release(3)
    expect((await Promise.all(waiting)).map(({ permits }) => permits)).toEqual([1, 2])
    const slots = new Semaphore(1, { limit: 2 })
    slots.release()
    expect(thrown(() => slots.release())).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
    expect(slots.available).toBe(2)
  })

  it('ends waits by their timeout', async () => {
    const slots = new Semaphore(1)
    slots.tryAcquire()
    expect(await failure(slots.acquire({ timeout: 1 }))).toMatchObject({ name: 'TimeoutError', code: 'ERR_TIMEOUT' })
    expect(thrown(() => slots.acquireSync({ timeout: 0.5 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(thrown(() => slots.acquireSync())).toMatchObject({ code: 'ERR_WOULD_BLOCK' })
    expect(slots.stats()).toEqual({ available: 0, limit: 1, waiting: 0 })
  })

  it('is the same everywhere', async () => {
    using isolate = new Isolate()
    const slots = new Semaphore(2)
    expect(await isolate.call((given: unknown) => given, [slots])).toBe(slots)
    expect(await isolate.run('slots.acquireSync(); [slots.available, slots.limit]', { globals: { slots } })).toEqual([
      1, 2,
    ])
    expect(slots.available).toBe(1)
  })
})

describe('an isolate that ends', () => {
  it('gives back the permits it holds, and waits no more', async () => {
    const slots = new Semaphore(3)
    const isolate = new Isolate({ globals: { slots } })
    await isolate.run(
      'slots.tryAcquire({ permits: 2 }); void slots.acquire({ permits: 3 }); slots.tryAcquire()?.release(); 0',
    )
    expect(slots.stats()).toEqual({ available: 1, limit: 3, waiting: 1 })
    const waiting = slots.acquire({ permits: 3 })
    isolate.terminate()
    expect((await waiting).permits).toBe(3)
  })

  it('while it blocks takes none', async () => {
    const slots = new Semaphore(1)
    const permit = slots.tryAcquire()
    const isolate = new Isolate({ globals: { slots } })
    const calling = failure(isolate.run('slots.acquireSync()'))
    await until(() => slots.stats().waiting === 1, 'the guest waits')
    isolate.terminate()
    permit?.release()
    await calling
    await isolate.closed
    expect(slots.stats()).toEqual({ available: 1, limit: 1, waiting: 0 })
  })
})

it('wrong arguments are refused', async () => {
  for (const permits of [-1, 1.5, Infinity, Number.NaN]) {
    expect(thrown(() => new Semaphore(permits))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  }
  for (const permits of ['1', undefined, null] as never[]) {
    expect(thrown(() => new Semaphore(permits))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  }
  expect(thrown(() => new Semaphore(3, { limit: 2 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  const slots = new Semaphore(2)
  expect(await failure(slots.acquire({ permits: 3 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  expect(thrown(() => slots.acquireSync({ permits: 0 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  expect(thrown(() => slots.tryAcquire({ permits: 3 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  expect(thrown(() => slots.release(0))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  expect(thrown(() => slots.tryAcquire({ timeout: 5 } as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  expect(await failure((Semaphore.prototype.acquire as () => Promise<unknown>).call({}))).toMatchObject({
    name: 'TypeError',
  })
  expect(slots.available).toBe(2)
})
