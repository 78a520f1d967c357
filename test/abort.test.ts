import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { Gate } from './helpers/gate.js'
import { Channel, Isolate } from './helpers/isolates.js'
import { failure, outcome } from './helpers/outcome.js'
import { Random, seed } from './helpers/random.js'
import { turn } from './helpers/until.js'

// 271
describe('a signal that is aborted before the call', () => {
  it('rejects with its reason', async () => {
    using isolate = new Isolate()
    const reason = new Error('mine')
    expect(await failure(async () => isolate.run('1', { signal: AbortSignal.abort(reason) }))).toBe(reason)
  })

  it('rejects with an AbortError when it has no reason of its own', async () => {
    using isolate = new Isolate()
    expect(await failure(async () => isolate.run('1', { signal: AbortSignal.abort() }))).toMatchObject({
      name: 'AbortError',
    })
  })

  it('lets nothing run', async () => {
    using isolate = new Isolate()
    await failure(async () => isolate.run('globalThis.ran = true', { signal: AbortSignal.abort() }))
    await failure(async () =>
      isolate.call(new Function('globalThis.ran = true') as () => void, [], { signal: AbortSignal.abort() }),
    )
    expect(await isolate.run('typeof ran')).toBe('undefined')
  })
})

describe('a signal that is aborted while the call is queued', () => {
  it('rejects at once, and the call never runs', async () => {
    const gate = new Gate()
    using isolate = new Isolate()
    const controller = new AbortController()
    const held = isolate.run(gate.hold, { globals: gate.globals })
    const queued = outcome(isolate.run('globalThis.ran = true', { signal: controller.signal }))
    await gate.reached()
    controller.abort('changed my mind')
    expect(await queued).toEqual({ status: 'rejected', reason: 'changed my mind' })
    gate.open()
    await held
    expect(await isolate.run('typeof ran')).toBe('undefined')
  })

  it('leaves the calls before and behind it alone', async () => {
    const gate = new Gate()
    using isolate = new Isolate()
    const controller = new AbortController()
    const before = isolate.run(gate.hold, { globals: gate.globals })
    const queued = outcome(isolate.run('1', { signal: controller.signal }))
    const behind = isolate.run('2')
    await gate.reached()
    controller.abort()
    await queued
    gate.open()
    expect([await before, await behind]).toEqual(['passed', 2])
  })
})

describe('a signal that is aborted while the call runs', () => {
  it.each([
    ['a loop', 'for (;;);'],
    ['microtasks', 'const spin = () => Promise.resolve().then(spin); spin()'],
    ['Atomics.wait', 'Atomics.wait(gate, 1, 0)'],
    ['a promise that never settles', 'new Promise(() => {})'],
  ])('stops %s and rejects with its reason', async (_kind, source) => {
    const gate = new Gate()
    using isolate = new Isolate()
    const controller = new AbortController()
    const running = outcome(
      isolate.run(`Atomics.add(gate, 0, 1); ${source}`, { globals: gate.globals, signal: controller.signal }),
    )
    await gate.reached()
    const reason = new Error('enough')
    controller.abort(reason)
    const { status, ...rest } = await running
    expect(status).toBe('rejected')
    expect(rest).toEqual({ reason })
    expect(await isolate.run('1')).toBe(1)
  })

  it('stops a call', async () => {
    using isolate = new Isolate()
    const controller = new AbortController()
    const running = outcome(
      isolate.call(
        () => {
          for (;;);
        },
        [],
        { signal: controller.signal },
      ),
    )
    await turn()
    controller.abort(5)
    expect(await running).toEqual({ status: 'rejected', reason: 5 })
  })

  it('cannot be caught by the guest', async () => {
    const gate = new Gate()
    using isolate = new Isolate({ globals: gate.globals })
    const controller = new AbortController()
    const running = outcome(
      isolate.run(
        'Atomics.add(gate, 0, 1); try { for (;;); } catch { globalThis.caught = 1 } finally { globalThis.caught = 2 }',
        { signal: controller.signal },
      ),
    )
    await gate.reached()
    controller.abort()
    await running
    expect(await isolate.run('typeof caught')).toBe('undefined')
  })
})

describe('a signal', () => {
  it('that is aborted afterwards changes nothing', async () => {
    using isolate = new Isolate()
    const controller = new AbortController()
    expect(await isolate.run('1', { signal: controller.signal })).toBe(1)
    controller.abort()
    expect(await isolate.run('2')).toBe(2)
  })

  it('keeps no listener once the call is over', async () => {
    using isolate = new Isolate()
    const { signal } = new AbortController()
    await isolate.run('1', { signal })
    await failure(isolate.run('throw 1', { signal }))
    await failure(isolate.run('for (;;);', { signal, timeout: 5 }))
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('ends every call that has it', async () => {
    using one = new Isolate()
    using other = new Isolate()
    const controller = new AbortController()
    const { signal } = controller
    const calls = [one.run('for (;;);', { signal }), one.run('1', { signal }), other.run('for (;;);', { signal })].map(
      outcome,
    )
    await turn()
    controller.abort('all')
    expect(await Promise.all(calls)).toEqual(Array(3).fill({ status: 'rejected', reason: 'all' }))
  })

  it('may come from AbortSignal.timeout', async () => {
    using isolate = new Isolate()
    expect(await failure(isolate.run('for (;;);', { signal: AbortSignal.timeout(20) }))).toMatchObject({
      name: 'TimeoutError',
      code: 23,
    })
  })

  it('works beside a timeout: the first to come decides', async () => {
    using isolate = new Isolate()
    expect(await failure(isolate.run('for (;;);', { signal: AbortSignal.timeout(20_000), timeout: 5 }))).toMatchObject({
      code: 'ERR_TIMEOUT',
    })
    expect(await failure(isolate.run('for (;;);', { signal: AbortSignal.timeout(5), timeout: 20_000 }))).toMatchObject({
      code: 23,
    })
  })

  it(`that comes at any moment ends its own call only (TEST_SEED=${seed})`, async () => {
    const random = new Random(seed)
    using isolate = new Isolate()
    for (let round = 0; round < 200; round++) {
      const controller = new AbortController()
      const doomed = outcome(
        isolate.run(`for (let i = 0; i < ${random.below(20_000)}; i++); 'done'`, { signal: controller.signal }),
      )
      const next = isolate.run(`for (let i = 0; i < ${random.below(20_000)}; i++); ${round}`)
      for (let turns = random.below(4); turns > 0; turns--) await turn()
      controller.abort('stop')
      expect([
        { status: 'fulfilled', value: 'done' },
        { status: 'rejected', reason: 'stop' },
      ]).toContainEqual(await doomed)
      expect(await next).toBe(round)
    }
  })

  it('stops what goes on in the name of a call that waits, also of one without any limit', async () => {
    const go = new Channel<number>()
    using isolate = new Isolate({ globals: { go } })
    const controller = new AbortController()
    const { signal } = controller
    const given = failure(isolate.run('go.receive().then(() => { for (;;); })', { signal }))
    // It waits by now.
    await isolate.run('0')
    controller.abort(new Error('enough'))
    expect((await given).message).toBe('enough')
    await go.send(1)
    expect(await isolate.run('1 + 1')).toBe(2)
  })
})
