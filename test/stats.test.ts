import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import { Gate } from './helpers/gate.js'
import { Isolate, stats } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'

const megabyte = 2 ** 20

// Part two: heap-stats, cpu-wall-timer
describe('stats', () => {
  it('has these fields', () => {
    using isolate = new Isolate()
    expect(Object.keys(isolate.stats()).sort()).toEqual(
      [
        'calls',
        'channelBytes',
        'channels',
        'cpuMs',
        'errors',
        'external',
        'heapLimit',
        'heapTotal',
        'heapUsed',
        'queued',
        'sharedBytes',
        'state',
        'storeBytes',
        'waitMs',
        'wallMs',
      ].sort(),
    )
  })

  it('is all zero before the first run, but for the state and the limit', () => {
    using isolate = new Isolate({ memoryLimit: 64 })
    const { state, heapLimit: _limit, ...counts } = isolate.stats()
    expect(state).toBe('idle')
    expect(counts).toEqual({
      heapUsed: 0,
      heapTotal: 0,
      external: 0,
      cpuMs: 0,
      wallMs: 0,
      calls: 0,
      errors: 0,
      queued: 0,
      waitMs: 0,
      channels: 0,
      channelBytes: 0,
      storeBytes: 0,
      sharedBytes: 0,
    })
  })

  it('counts calls of every kind', async () => {
    using isolate = new Isolate()
    await isolate.run('1')
    isolate.runSync('1')
    await isolate.call(() => 1)
    isolate.callSync(() => 1)
    expect(isolate.stats()).toMatchObject({ calls: 4, errors: 0 })
  })

  it('counts errors', async () => {
    using isolate = new Isolate()
    await isolate.run('1')
    await failure(isolate.run('throw 1'))
    await failure(isolate.run('for (;;);', { timeout: 5 }))
    expect(isolate.stats()).toMatchObject({ calls: 3, errors: 2 })
  })

  it('counts what is queued', async () => {
    const gate = new Gate()
    using isolate = new Isolate()
    const calls = [isolate.run(gate.hold, { globals: gate.globals }), isolate.run('1'), isolate.run('2')]
    await gate.reached()
    expect(isolate.stats()).toMatchObject({ state: 'running', queued: 2 })
    gate.open()
    await Promise.all(calls)
    expect(isolate.stats()).toMatchObject({ state: 'idle', queued: 0 })
  })

  it('sees the heap grow', async () => {
    using isolate = new Isolate()
    await isolate.run('1')
    const before = isolate.stats()
    await isolate.run('var list = Array.from({ length: 2e5 }, (_, i) => ({ i }))')
    const after = isolate.stats()
    expect(after.heapUsed - before.heapUsed).toBeGreaterThan(4 * megabyte)
    expect(after.heapTotal).toBeGreaterThanOrEqual(after.heapUsed)
  })

  it('sees memory outside the heap', async () => {
    using isolate = new Isolate()
    await isolate.run('var bytes = new Uint8Array(8 * 2 ** 20)')
    expect(isolate.stats().external).toBeGreaterThanOrEqual(8 * megabyte)
  })

  it('tells the limit', async () => {
    using isolate = new Isolate({ memoryLimit: 64 })
    await isolate.run('1')
    const { heapLimit } = isolate.stats()
    expect(heapLimit / megabyte).toBeGreaterThan(32)
    expect(heapLimit / megabyte).toBeLessThan(96)
  })

  it('measures CPU time of runs on either thread', async () => {
    using isolate = new Isolate()
    const work = 'let x = 0; for (let i = 0; i < 2e7; i++) x += i % 7; x'
    await isolate.run(`{ ${work} }`)
    const first = isolate.stats().cpuMs
    isolate.runSync(`{ ${work} }`)
    expect(first).toBeGreaterThan(0.5)
    expect(isolate.stats().cpuMs).toBeGreaterThan(first + 0.5)
  })

  it('does not take waiting for work', async () => {
    using isolate = new Isolate()
    await isolate.run('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)')
    const { cpuMs, wallMs } = isolate.stats()
    expect(wallMs).toBeGreaterThanOrEqual(99)
    expect(cpuMs).toBeLessThan(60)
  })

  it('does not wait for a guest that runs', async () => {
    const gate = new Gate()
    using isolate = new Isolate()
    const held = isolate.run(gate.spin, { globals: gate.globals })
    await gate.reached()
    expect(isolate.stats().state).toBe('running')
    gate.open()
    await held
  })

  it('can be asked for after the end', async () => {
    const isolate = new Isolate()
    await isolate.run('1')
    await isolate.close()
    expect(isolate.stats()).toMatchObject({ state: 'closed', queued: 0 })
  })
})

describe('the figures of the process', () => {
  it('count isolates, threads and calls', async () => {
    const before = stats()
    using first = new Isolate()
    using second = new Isolate()
    await first.run('1')
    await second.run('1')
    first.stats()
    const after = stats()
    expect(after.isolates - before.isolates).toBe(2)
    expect(after.calls - before.calls).toBe(2)
    expect(after.threads).toBeGreaterThan(0)
    expect(after.heapUsed).toBeGreaterThan(before.heapUsed)
  })

  it('leave out what is closed', async () => {
    const before = stats().isolates
    const isolate = new Isolate()
    await isolate.close()
    expect(stats().isolates).toBe(before)
  })
})

describe('the error of a limit', () => {
  it('tells what the isolate had used when its memory was full', async () => {
    const isolate = new Isolate({ memoryLimit: 16 })
    const error = await failure(isolate.run('const list = []; for (;;) list.push({ a: [list.length] })'))
    expect(error.code).toBe('ERR_MEMORY_LIMIT')
    expect(error.stats.heapUsed).toBeGreaterThan(8 * megabyte)
    await isolate.closed
  })

  it('tells what the isolate had used when the time was up', async () => {
    using isolate = new Isolate()
    const error = await failure(isolate.run('for (;;);', { timeout: 50 }))
    expect(error.stats.heapUsed).toBeGreaterThan(100_000)
    expect(thrown(() => isolate.runSync('for (;;);', { timeout: 5 })).stats.heapUsed).toBeGreaterThan(100_000)
  })
})

describe('diagnostics channels', () => {
  it('tell of isolates that begin and end', async () => {
    const seen: unknown[] = []
    const created = (message: unknown) => seen.push(['create', (message as { isolate: Isolate }).isolate.name])
    const closed = (message: unknown) => {
      // Those of earlier tests may end now.
      if ((message as { name: string }).name === 'watched') seen.push(['close', message])
    }
    subscribe('isolates:isolate:create', created)
    subscribe('isolates:isolate:close', closed)
    try {
      const isolate = new Isolate({ name: 'watched' })
      isolate.terminate('enough')
      await isolate.closed
      expect(seen).toEqual([
        ['create', 'watched'],
        ['close', { id: isolate.id, name: 'watched', reason: { kind: 'terminate', cause: 'enough' } }],
      ])
    } finally {
      unsubscribe('isolates:isolate:create', created)
      unsubscribe('isolates:isolate:close', closed)
    }
  })
})
