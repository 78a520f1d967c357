import { describe, expect, it } from 'vitest'
import { Barrier, BrokenBarrierError, Isolate } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'
import { until } from './helpers/until.js'

describe('a barrier', () => {
  it('lets all go on when the last has come, again and again', async () => {
    const barrier = new Barrier(3)
    for (let generation = 0; generation < 3; generation++) {
      const passed: number[] = []
      const waiting = [0, 1].map((_, index) =>
        barrier.wait().then((before) => passed.push(index) > 0 && before === index),
      )
      expect(barrier.stats()).toEqual({ parties: 3, waiting: 2, generation, broken: false })
      expect(passed).toEqual([])
      expect(await barrier.wait()).toBe(2)
      expect(await Promise.all(waiting)).toEqual([true, true])
    }
  })

  it('of one party holds nobody up', async () => {
    expect([await new Barrier(1).wait(), new Barrier(1).waitSync({ timeout: 1 })]).toEqual([0, 0])
  })

  it('keeps isolates in step, those that block and those that wait', async () => {
    const barrier = new Barrier(4)
    const cells = new Int32Array(new SharedArrayBuffer(16))
    const isolates = Array.from({ length: 4 }, (_, mine) => new Isolate({ globals: { barrier, cells, mine } }))
    const source = (wait: string): string => `
      let apart = 0
      for (let step = 1; step <= 50; step++) {
        Atomics.store(cells, mine, step)
        ${wait}
        for (let other = 0; other < 4; other++) if (Atomics.load(cells, other) < step) apart++
        ${wait}
      }
      apart`
    const apart = isolates.map((isolate, mine) =>
      isolate.run(source(mine % 2 ? 'barrier.waitSync()' : 'await barrier.wait()')),
    )
    expect(await Promise.all(apart)).toEqual([0, 0, 0, 0])
    expect(barrier.stats()).toMatchObject({ generation: 100, waiting: 0 })
    for (const isolate of isolates) isolate.terminate()
  })

  it('is the same everywhere', async () => {
    using isolate = new Isolate()
    const barrier = new Barrier(2, { name: 'start' })
    expect(await isolate.call((given: unknown) => given, [barrier])).toBe(barrier)
    expect((barrier as { name?: string }).name).toBe('start')
  })
})

describe('a barrier is broken', () => {
  const breaks: [string, (barrier: Barrier) => unknown][] = [
    ['by the timeout of a party', (barrier) => failure(barrier.wait({ timeout: 1 }))],
    ['by the timeout of a party that blocks', (barrier) => thrown(() => barrier.waitSync({ timeout: 1 }))],
    [
      'by the signal of a party',
      (barrier) => {
        const controller = new AbortController()
        const waiting = failure(barrier.wait({ signal: controller.signal }))
        controller.abort('enough')
        return waiting
      },
    ],
    ['by hand', (barrier) => barrier.break()],
    ...['barrier.waitSync()', 'barrier.wait()'].map((wait): [string, (barrier: Barrier) => unknown] => [
      `by a party that dies in ${wait}`,
      async (barrier) => {
        const isolate = new Isolate({ globals: { barrier } })
        const calling = failure(isolate.run(wait))
        await until(() => barrier.stats().waiting === 2, 'both wait')
        isolate.terminate()
        await calling
        await isolate.closed
      },
    ]),
  ]

  it.each(breaks)('%s', async (_name, breaking) => {
    const barrier = new Barrier(3)
    const waiting = failure(barrier.wait())
    await breaking(barrier)
    const error = await waiting
    expect(error).toBeInstanceOf(BrokenBarrierError)
    expect(error).toMatchObject({ name: 'BrokenBarrierError', code: 'ERR_BARRIER_BROKEN' })
    expect(barrier.broken).toBe(true)
    expect(await failure(barrier.wait())).toMatchObject({ code: 'ERR_BARRIER_BROKEN' })
    expect(thrown(() => barrier.waitSync({ timeout: 1 }))).toMatchObject({ code: 'ERR_BARRIER_BROKEN' })
    barrier.reset()
    expect(barrier.broken).toBe(false)
    expect(await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()])).toEqual([0, 1, 2])
  })

  it('for those who wait when it is reset', async () => {
    const barrier = new Barrier(2)
    const waiting = failure(barrier.wait())
    barrier.reset()
    expect(await waiting).toMatchObject({ code: 'ERR_BARRIER_BROKEN' })
    expect(barrier.stats()).toMatchObject({ broken: false, waiting: 0 })
  })

  it('not by a main thread that must not wait for ever', () => {
    const barrier = new Barrier(2)
    const waiting = failure(barrier.wait())
    expect(thrown(() => barrier.waitSync())).toMatchObject({ code: 'ERR_WOULD_BLOCK' })
    expect(barrier.stats()).toMatchObject({ broken: false, waiting: 1 })
    barrier.break()
    return waiting
  })

  it('not by a signal that had fired before', async () => {
    const barrier = new Barrier(2)
    expect(await failure(barrier.wait({ signal: AbortSignal.abort('before') }))).toBe('before')
    expect(barrier.broken).toBe(false)
  })

  it('and a guest has the class of the error', async () => {
    using isolate = new Isolate()
    const barrier = new Barrier(2)
    barrier.break()
    expect(
      await isolate.run('barrier.wait().catch((error) => [error instanceof isolates.BrokenBarrierError, error.code])', {
        globals: { barrier },
      }),
    ).toEqual([true, 'ERR_BARRIER_BROKEN'])
  })
})

it('wrong arguments are refused', async () => {
  for (const parties of [0, -1, 1.5, Infinity])
    expect(thrown(() => new Barrier(parties))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  for (const parties of ['2', undefined, null] as never[]) {
    expect(thrown(() => new Barrier(parties))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  }
  expect(thrown(() => new Barrier(2, { action() {} } as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  expect(await failure(new Barrier(2).wait({ timeout: 0 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  expect(thrown(() => Barrier.prototype.break.call({} as never))).toMatchObject({ name: 'TypeError' })
})
