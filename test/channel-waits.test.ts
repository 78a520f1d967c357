import { describe, expect, it } from 'vitest'
import { Channel, TimeoutError } from './helpers/isolates.js'
import { failure, outcome, thrown } from './helpers/outcome.js'

/** Milliseconds until `action` has ended. */
async function elapsed(action: () => unknown): Promise<number> {
  const start = performance.now()
  await action()
  return performance.now() - start
}

const full = (): Channel<unknown> => {
  const channel = new Channel<unknown>({ capacity: 1 })
  channel.trySend('in the way')
  return channel
}

const waits: [string, (options: { timeout: number }) => unknown][] = [
  ['receive', (options) => new Channel().receive(options)],
  ['receiveSync', (options) => new Channel().receiveSync(options)],
  ['send', (options) => full().send(1, options)],
  ['sendSync', (options) => full().sendSync(1, options)],
  ['send until received', (options) => new Channel().send(1, { ...options, until: 'received' })],
  ['sendSync until received', (options) => new Channel().sendSync(1, { ...options, until: 'received' })],
  ['select', (options) => Channel.select([new Channel(), new Channel()], options)],
]

// J149, J151 to J153, L193, L196, Q262
describe.each(waits)('a timeout of %s', (_name, wait) => {
  it('ends it with a TimeoutError', async () => {
    const error = await failure(async () => await wait({ timeout: 5 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'ERR_TIMEOUT' })
  })

  it('is honoured to the fraction of a millisecond', async () => {
    // The shortest of several: the machine may be busy, but is never early.
    const took: number[] = []
    for (let round = 0; round < 50; round++) {
      took.push(await elapsed(() => failure(async () => await wait({ timeout: 0.25 }))))
    }
    expect(Math.min(...took)).toBeGreaterThanOrEqual(0.25)
    // Rounded up to whole milliseconds, none would be shorter than one.
    expect(Math.min(...took)).toBeLessThan(1)
  })

  it('must be more than nothing, and a number', async () => {
    for (const timeout of [0, -1, Number.NaN]) {
      expect(await failure(async () => await wait({ timeout }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    }
    for (const timeout of ['1', null, 1n] as never[]) {
      expect(await failure(async () => await wait({ timeout }))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    }
  })
})

describe('a timeout', () => {
  it('that is longer than any clock is none', async () => {
    const channel = new Channel()
    for (const timeout of [Infinity, 1e300, 2 ** 53]) {
      const receiving = channel.receive({ timeout })
      channel.trySend('came')
      expect(await receiving).toBe('came')
    }
  })

  it('does not hurt what came in time', async () => {
    const channel = new Channel()
    const receiving = channel.receive({ timeout: 60_000 })
    channel.trySend('in time')
    expect(await receiving).toBe('in time')
    channel.trySend('at once')
    expect(channel.receiveSync({ timeout: 60_000 })).toBe('at once')
  })

  it('takes back what was not sent', async () => {
    const channel = full()
    expect(await failure(channel.send('late', { timeout: 1 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(thrown(() => channel.sendSync('later', { timeout: 1 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(channel.tryReceive()).toBe('in the way')
    expect(channel.tryReceive('nothing')).toBe('nothing')
    expect(channel.trySend('room again')).toBe(true)
  })

  // L196
  it('takes back what was not received', async () => {
    const channel = new Channel()
    expect(await failure(channel.send(1, { until: 'received', timeout: 1 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(thrown(() => channel.sendSync(1, { until: 'received', timeout: 1 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(channel.stats()).toMatchObject({ queued: 0, received: 0, waitingSenders: 0 })
  })
})

// Q271
describe('an AbortSignal', () => {
  const reason = new Error('changed my mind')
  const signalled: [string, (signal: AbortSignal) => Promise<unknown>][] = [
    ['receive', (signal) => new Channel().receive({ signal })],
    ['send', (signal) => full().send(1, { signal })],
    ['send until received', (signal) => new Channel().send(1, { signal, until: 'received' })],
    ['select', (signal) => Channel.select([new Channel(), new Channel()], { signal })],
  ]

  it.each(signalled)('ends %s with its reason', async (_name, wait) => {
    const controller = new AbortController()
    const waiting = failure(wait(controller.signal))
    controller.abort(reason)
    expect(await waiting).toBe(reason)
  })

  it.each(signalled)('that has fired already does not let %s begin', async (_name, wait) => {
    expect(await failure(wait(AbortSignal.abort(reason)))).toBe(reason)
  })

  it('that has fired already leaves the item', async () => {
    const channel = new Channel()
    channel.trySend(1)
    await failure(channel.receive({ signal: AbortSignal.abort(reason) }))
    await failure(channel.send(2, { signal: AbortSignal.abort(reason) }))
    expect(channel.size).toBe(1)
  })

  it('that fires afterwards does nothing', async () => {
    const channel = new Channel()
    const controller = new AbortController()
    const receiving = channel.receive({ signal: controller.signal })
    channel.trySend('came')
    expect(await receiving).toBe('came')
    controller.abort(reason)
    channel.trySend('next')
    expect(await channel.receive()).toBe('next')
  })

  it('is not listened to once the wait is over', async () => {
    const listeners = new Set<unknown>()
    const signal = {
      aborted: false,
      reason: undefined,
      addEventListener: (_type: string, listener: unknown) => void listeners.add(listener),
      removeEventListener: (_type: string, listener: unknown) => void listeners.delete(listener),
    }
    const channel = new Channel()
    const receiving = channel.receive({ signal })
    expect(listeners.size).toBe(1)
    channel.trySend(1)
    await receiving
    expect(listeners.size).toBe(0)
  })

  it('must be one', async () => {
    for (const signal of [{}, null, 'x', new AbortController()] as never[]) {
      expect(await failure(new Channel().receive({ signal }))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    }
  })

  it('cancels waits of which none eats an item', async () => {
    const channel = new Channel<number>()
    const controllers = Array.from({ length: 100 }, () => new AbortController())
    const receiving = controllers.map(({ signal }) => outcome(channel.receive({ signal })))
    for (const [index, controller] of controllers.entries()) if (index % 3 !== 0) controller.abort(reason)
    for (let item = 0; item < 34; item++) expect(channel.trySend(item)).toBe(true)
    const results = await Promise.all(receiving)
    const received = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(received).toEqual(Array.from({ length: 34 }, (_, index) => index))
    expect(channel.stats()).toMatchObject({ queued: 0, waitingReceivers: 0 })
  })

  it('of a sender in front lets those behind it in', async () => {
    const channel = new Channel<string>({ maxBytes: 1000 })
    channel.trySend('x'.repeat(500))
    const controller = new AbortController()
    const big = failure(channel.send('y'.repeat(800), { signal: controller.signal }))
    const small = channel.send('small')
    expect(channel.stats().waitingSenders).toBe(2)
    controller.abort(reason)
    expect(await big).toBe(reason)
    await small
    expect(channel.size).toBe(2)
  })
})

// Q270
describe('who waits', () => {
  it('receives in the order of arrival', async () => {
    const channel = new Channel<number>()
    const order: string[] = []
    const receiving = ['a', 'b', 'c'].map(async (name) => order.push(`${name}${await channel.receive()}`))
    for (const item of [1, 2, 3]) channel.trySend(item)
    await Promise.all(receiving)
    expect(order).toEqual(['a1', 'b2', 'c3'])
  })

  it('sends in the order of arrival', async () => {
    const channel = new Channel<number>({ capacity: 1 })
    const sending = [1, 2, 3, 4].map((item) => channel.send(item))
    const received = []
    for (let count = 0; count < 4; count++) received.push(await channel.receive())
    await Promise.all(sending)
    expect(received).toEqual([1, 2, 3, 4])
  })
})

// L194 to L198
describe("send with until: 'received'", () => {
  it('ends only when the item was received', async () => {
    const channel = new Channel<number>()
    let met = false
    const sending = channel.send(1, { until: 'received' }).then(() => {
      met = true
    })
    await channel.send(2)
    expect([met, channel.size]).toEqual([false, 2])
    expect(await channel.receive()).toBe(1)
    await sending
    expect(met).toBe(true)
  })

  it('meets a receiver that waits already', async () => {
    const channel = new Channel<number>()
    const receiving = channel.receive()
    await channel.send(1, { until: 'received' })
    expect(await receiving).toBe(1)
  })

  it('keeps its place among the others when it has to wait for room', async () => {
    const channel = new Channel<number>({ capacity: 1 })
    await channel.send(1)
    const second = channel.send(2, { until: 'received' })
    const third = channel.send(3)
    const received = [await channel.receive(), await channel.receive()]
    await second
    received.push(await channel.receive())
    await third
    expect(received).toEqual([1, 2, 3])
  })

  it('refuses other words', async () => {
    expect(await failure(new Channel().send(1, { until: 'sent' as never }))).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
    })
  })
})

describe('Channel.select', () => {
  it('takes from the first that has something', async () => {
    const channels = [new Channel<string>(), new Channel<string>(), new Channel<string>()]
    channels[1]?.trySend('b')
    channels[2]?.trySend('c')
    expect(await Channel.select(channels)).toEqual({ channel: channels[1], value: 'b' })
    expect(await Channel.select(channels)).toEqual({ channel: channels[2], value: 'c' })
  })

  it('takes one item only, of the channel that comes first', async () => {
    const channels = [new Channel<number>(), new Channel<number>()] as const
    const selecting = Channel.select(channels)
    channels[1].trySend(1)
    channels[0].trySend(2)
    const { channel, value } = await selecting
    expect(channel).toBe(channels[1])
    expect(value).toBe(1)
    expect(channels.map(({ size }) => size)).toEqual([1, 0])
    expect(channels.map((each) => each.stats().waitingReceivers)).toEqual([0, 0])
  })

  it('passes over those that are closed, and fails when all are', async () => {
    const [closed, open] = [new Channel<number>(), new Channel<number>()] as const
    closed.close()
    const selecting = Channel.select([closed, open])
    open.trySend(1)
    expect(await selecting).toEqual({ channel: open, value: 1 })
    const waiting = failure(Channel.select([closed, open]))
    open.close()
    expect(await waiting).toMatchObject({ code: 'ERR_CHANNEL_CLOSED' })
    expect(await failure(Channel.select([closed, open]))).toMatchObject({ code: 'ERR_CHANNEL_CLOSED' })
  })

  it('drains a closed channel', async () => {
    const channel = new Channel<number>()
    channel.trySend(1)
    channel.close()
    expect(await Channel.select([new Channel<number>(), channel])).toEqual({ channel, value: 1 })
  })

  it('may be given a channel twice', async () => {
    const channel = new Channel<number>()
    const selecting = Channel.select([channel, channel])
    channel.trySend(1)
    expect(await selecting).toEqual({ channel, value: 1 })
    const ending = failure(Channel.select([channel, channel]))
    channel.close()
    expect(await ending).toMatchObject({ code: 'ERR_CHANNEL_CLOSED' })
  })

  it('leaves nothing behind when it gives up', async () => {
    const channels = [new Channel<number>(), new Channel<number>()]
    await failure(Channel.select(channels, { timeout: 1 }))
    expect(channels.map((each) => each.stats().waitingReceivers)).toEqual([0, 0])
    for (const channel of channels) channel.trySend(1)
    expect(channels.map(({ size }) => size)).toEqual([1, 1])
  })

  it('refuses what is no list of channels', async () => {
    expect(await failure(Channel.select([]))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    for (const channels of [new Channel(), [new Channel(), {}], 'x', undefined] as never[]) {
      expect(await failure(Channel.select(channels))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    }
  })
})

describe('for await over a channel', () => {
  it('gives what comes until the channel is closed and empty', async () => {
    const channel = new Channel<number>({ capacity: 2 })
    const sending = (async () => {
      for (let item = 0; item < 10; item++) await channel.send(item)
      channel.close()
    })()
    const received: number[] = []
    for await (const item of channel) received.push(item)
    await sending
    expect(received).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('leaves the rest when it is left', async () => {
    const channel = new Channel<number>()
    for (const item of [1, 2, 3]) channel.trySend(item)
    for await (const item of channel) if (item === 2) break
    expect(channel.tryReceive()).toBe(3)
    expect(channel.closed).toBe(false)
  })

  it('shares a channel with other loops', async () => {
    const channel = new Channel<number>()
    const received: number[] = []
    const loops = [0, 1, 2].map(async () => {
      for await (const item of channel) received.push(item)
    })
    for (let item = 0; item < 30; item++) await channel.send(item)
    channel.close()
    await Promise.all(loops)
    expect(received).toEqual(Array.from({ length: 30 }, (_, index) => index))
  })
})

describe('on the main thread', () => {
  it.each([
    ['receiveSync', () => new Channel().receiveSync()],
    ['sendSync', () => full().sendSync(1)],
    ['sendSync until received', () => new Channel().sendSync(1, { until: 'received' })],
  ])('%s does not wait for ever', (_name, wait) => {
    expect(thrown(wait)).toMatchObject({ name: 'IsolateError', code: 'ERR_WOULD_BLOCK' })
  })

  it('what need not wait is done without a timeout', () => {
    const channel = new Channel({ capacity: 1 })
    channel.sendSync('now')
    expect(channel.receiveSync()).toBe('now')
  })
})
