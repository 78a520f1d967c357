import { describe, expect, it } from 'vitest'
import { Gate } from './helpers/gate.js'
import { Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'

const megabyte = 2 ** 20

// Part two: heap-stats, cpu-wall-timer
describe('stats', () => {
  it('has these fields', () => {
    using isolate = new Isolate()
    expect(Object.keys(isolate.stats()).sort()).toEqual(
      [
        'calls',
        'cpuMs',
        'errors',
        'external',
        'heapLimit',
        'heapTotal',
        'heapUsed',
        'queued',
        'state',
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
