import { describe, expect, it } from 'vitest'
import { Event, Isolate } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'
import { until } from './helpers/until.js'

describe('an event', () => {
  it('that is reset by hand lets everybody pass until then', async () => {
    const event = new Event()
    const waiting = [event.wait(), event.wait()]
    expect(event.stats()).toEqual({ set: false, waiting: 2 })
    event.set()
    await Promise.all(waiting)
    await event.wait()
    event.waitSync()
    expect([event.tryWait(), event.isSet, event.resets]).toEqual([true, true, 'manual'])
    event.reset()
    expect([event.tryWait(), event.isSet]).toEqual([false, false])
  })

  it('that resets itself lets one pass each time, in the order of arrival', async () => {
    const event = new Event({ reset: 'auto' })
    const order: string[] = []
    const waiting = ['a', 'b', 'c'].map((name) => event.wait().then(() => order.push(name)))
    event.set()
    await waiting[0]
    expect([order, event.isSet, event.stats().waiting]).toEqual([['a'], false, 2])
    event.set()
    event.set()
    await Promise.all(waiting)
    expect(order).toEqual(['a', 'b', 'c'])
    event.set()
    event.set()
    expect([event.tryWait(), event.tryWait(), event.resets]).toEqual([true, false, 'auto'])
  })

  it('may be set from the beginning', () => {
    expect([new Event({ set: true }).isSet, new Event().isSet]).toEqual([true, false])
  })

  it('ends waits by their timeout and signal', async () => {
    const event = new Event({ reset: 'auto' })
    const controller = new AbortController()
    const waiting = [failure(event.wait({ timeout: 1 })), failure(event.wait({ signal: controller.signal }))]
    controller.abort('enough')
    expect(await waiting[0]).toMatchObject({ name: 'TimeoutError', code: 'ERR_TIMEOUT' })
    expect(await waiting[1]).toBe('enough')
    expect(thrown(() => event.waitSync({ timeout: 0.5 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(thrown(() => event.waitSync())).toMatchObject({ code: 'ERR_WOULD_BLOCK' })
    event.set()
    expect(event.tryWait()).toBe(true)
  })

  it('wakes isolates, those that block and those that wait', async () => {
    const event = new Event()
    const isolates = Array.from({ length: 4 }, () => new Isolate({ globals: { event } }))
    const waiting = isolates.map((isolate, index) =>
      isolate.run(index % 2 ? 'event.waitSync(); 1' : 'await event.wait(); 1'),
    )
    await until(() => event.stats().waiting === 4, 'all wait')
    event.set()
    expect(await Promise.all(waiting)).toEqual([1, 1, 1, 1])
    for (const isolate of isolates) isolate.terminate()
  })

  it('is set by an isolate, and the same everywhere', async () => {
    using isolate = new Isolate()
    const event = new Event()
    const setAndReturn = (given: Event): Event => {
      given.set()
      return given
    }
    const waiting = event.wait()
    expect(await isolate.call(setAndReturn, [event])).toBe(event)
    await waiting
  })

  it('that resets itself is not used up by an isolate that dies', async () => {
    for (let round = 0; round < 20; round++) {
      const event = new Event({ reset: 'auto' })
      const isolate = new Isolate({ globals: { event } })
      const calling = isolate.run(round % 2 ? 'event.waitSync()' : 'event.wait()').then(
        () => true,
        () => false,
      )
      await until(() => event.stats().waiting === 1, 'the guest waits')
      isolate.terminate()
      event.set()
      await isolate.closed
      expect(event.tryWait()).toBe(!(await calling))
    }
  })
})

it('wrong options are refused', async () => {
  expect(thrown(() => new Event({ reset: 'never' as never }))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  expect(thrown(() => new Event({ set: 1 as never }))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  expect(thrown(() => new Event({ auto: true } as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  expect(await failure(new Event().wait({ timeout: -1 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  expect(thrown(() => Event.prototype.set.call({} as never))).toMatchObject({ name: 'TypeError' })
})
