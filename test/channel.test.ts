import { describe, expect, it } from 'vitest'
import { Channel, ChannelClosedError, NotShareableError } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'

/** Everything that is in a channel now. */
function drain<T>(channel: Channel<T>): T[] {
  const items: T[] = []
  while (channel.size > 0) items.push(channel.tryReceive() as T)
  return items
}

const rooms = ['any number', 'exactly three'] as const
function withRoom(room: (typeof rooms)[number]): Channel<unknown> {
  return new Channel(room === 'any number' ? {} : { capacity: 3 })
}

// J140, J153, K174
describe('new Channel()', () => {
  it('has no limits unless they are given', () => {
    const channel = new Channel()
    expect([channel.capacity, channel.maxBytes, channel.size, channel.closed]).toEqual([Infinity, Infinity, 0, false])
  })

  it('keeps the limits it is given', () => {
    const channel = new Channel({ capacity: 3, maxBytes: 1000, name: 'jobs' })
    expect([channel.capacity, channel.maxBytes, (channel as { name?: string }).name]).toEqual([3, 1000, 'jobs'])
  })

  it.each([1, 100, 2 ** 40, Infinity])('takes a capacity of %d', (capacity) => {
    expect(new Channel({ capacity }).capacity).toBe(capacity)
  })

  it.each(['capacity', 'maxBytes'])('refuses a %s that is no positive integer', (option) => {
    for (const value of [0, -1, 1.5, Number.NaN, -Infinity]) {
      expect(thrown(() => new Channel({ [option]: value }))).toMatchObject({
        name: 'RangeError',
        code: 'ERR_OUT_OF_RANGE',
        message: expect.stringContaining(`options.${option}`),
      })
    }
    for (const value of ['1', null, {}, 1n]) {
      expect(thrown(() => new Channel({ [option]: value as never }))).toMatchObject({
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
      })
    }
  })

  it('refuses options that it does not know, and a name that is no string', () => {
    expect(thrown(() => new Channel({ size: 1 } as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
    expect(thrown(() => new Channel({ name: 1 as never }))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => new Channel(3 as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })

  it('counts options that are undefined as not given', () => {
    expect(new Channel({ capacity: undefined as never }).capacity).toBe(Infinity)
  })

  it('refuses limits to be changed', () => {
    const channel = new Channel({ capacity: 3 })
    expect(() => Object.assign(channel, { capacity: 4 })).toThrow(TypeError)
    expect(channel.capacity).toBe(3)
  })
})

// K182
describe('a method of Channel', () => {
  const methods = ['trySend', 'sendSync', 'tryReceive', 'receiveSync', 'close', 'stats'] as const
  it.each(methods)('%s refuses what is no channel', (method) => {
    for (const impostor of [{}, Object.create(Channel.prototype), new Map(), null, 5]) {
      const call = Channel.prototype[method] as () => unknown
      expect(thrown(() => call.call(impostor))).toMatchObject({ name: 'TypeError' })
    }
  })

  it.each(['send', 'receive'] as const)('%s rejects for what is no channel', async (method) => {
    const call = Channel.prototype[method] as () => Promise<unknown>
    expect(await failure(call.call({}))).toMatchObject({ name: 'TypeError' })
  })
})

// J145 to J148, L187, L189
describe.each(rooms)('a channel with room for %s', (room) => {
  it('gives out its items in the order they came', () => {
    const channel = withRoom(room)
    const received: unknown[] = []
    for (let round = 0; round < 20; round++) {
      channel.trySend(2 * round)
      channel.trySend(2 * round + 1)
      received.push(channel.tryReceive(), channel.tryReceive())
    }
    expect(received).toEqual(Array.from({ length: 40 }, (_, index) => index))
  })

  it('tells how many items are in it', async () => {
    const channel = withRoom(room)
    const sizes: number[] = []
    for (let item = 0; item < 3; item++) {
      sizes.push(channel.size)
      await channel.send(item)
    }
    for (let item = 0; item < 3; item++) {
      sizes.push(channel.size)
      await channel.receive()
    }
    expect([...sizes, channel.size]).toEqual([0, 1, 2, 3, 2, 1, 0])
  })

  it('copies what is sent, also to who sent it', async () => {
    const channel = withRoom(room)
    const value = { list: [1, new Map([['a', new Date(5)]])] }
    await channel.send(value)
    value.list.push(2)
    const received = await channel.receive()
    expect(received).toEqual({ list: [1, new Map([['a', new Date(5)]])] })
    expect(received).not.toBe(value)
  })
})

describe('every kind of value', () => {
  const values = [undefined, null, true, false, 0, -0, 1.5, Number.NaN, 2n ** 100n, '', 'text', '漢字', [], {}]
  it('arrives as it was', async () => {
    const channel = new Channel()
    for (const value of values) {
      await channel.send(value)
      expect(await channel.receive()).toEqual(value)
      channel.sendSync(value)
      expect(channel.receiveSync()).toEqual(value)
    }
  })

  // L191, L192
  it('is told apart from nothing', () => {
    const channel = new Channel()
    const nothing = {}
    expect(channel.tryReceive()).toBeUndefined()
    expect(channel.tryReceive(nothing)).toBe(nothing)
    expect(channel.tryReceive(null)).toBeNull()
    channel.trySend(undefined)
    expect(channel.tryReceive(nothing)).toBeUndefined()
    channel.trySend(null)
    expect(channel.tryReceive(nothing)).toBeNull()
  })
})

describe('a value that cannot be copied', () => {
  it.each(['send', 'sendSync', 'trySend'] as const)('is refused by %s with its place', async (method) => {
    const channel = new Channel()
    const error = await failure(async () => await channel[method]({ list: [0, { callback() {} }] }))
    expect(error).toBeInstanceOf(NotShareableError)
    expect(error).toMatchObject({ code: 'ERR_NOT_SHAREABLE', path: 'value.list[1].callback' })
    expect(channel.stats()).toMatchObject({ sent: 0, queued: 0 })
  })

  it('is refused with the error of its own getter', async () => {
    const value = {
      get broken(): never {
        throw new RangeError('own')
      },
    }
    expect(await failure(new Channel().send(value))).toMatchObject({ name: 'RangeError', message: 'own' })
  })
})

// J146, J149
describe('a full channel', () => {
  it('is full exactly at its capacity', () => {
    const channel = new Channel({ capacity: 3 })
    expect([1, 2, 3, 4].map((item) => channel.trySend(item))).toEqual([true, true, true, false])
    channel.tryReceive()
    expect([5, 6].map((item) => channel.trySend(item))).toEqual([true, false])
    expect(drain(channel)).toEqual([2, 3, 5])
  })

  it('lets a sender in as soon as there is room', async () => {
    const channel = new Channel({ capacity: 1 })
    await channel.send('first')
    const second = channel.send('second')
    expect(channel.stats()).toMatchObject({ queued: 1, waitingSenders: 1 })
    expect(await channel.receive()).toBe('first')
    await second
    expect(channel.stats()).toMatchObject({ queued: 1, waitingSenders: 0 })
    expect(await channel.receive()).toBe('second')
  })

  it('has no room for who comes later while somebody waits for room', async () => {
    const channel = new Channel<string>({ maxBytes: 1000 })
    expect(channel.trySend('x'.repeat(600))).toBe(true)
    const big = channel.send('y'.repeat(600))
    expect(channel.trySend('small')).toBe(false)
    expect((await channel.receive())[0]).toBe('x')
    await big
    expect(channel.trySend('small')).toBe(true)
  })
})

describe('a channel with maxBytes', () => {
  it('holds no more than those', () => {
    const channel = new Channel<Uint8Array>({ maxBytes: 10_000 })
    let taken = 0
    while (channel.trySend(new Uint8Array(1000))) taken++
    expect(taken).toBeGreaterThanOrEqual(8)
    expect(taken).toBeLessThan(10)
    expect(channel.stats().bytes).toBeLessThanOrEqual(10_000)
    drain(channel)
    expect(channel.stats().bytes).toBe(0)
  })

  it.each(['send', 'sendSync', 'trySend'] as const)('refuses in %s what alone is more', async (method) => {
    const channel = new Channel<string>({ maxBytes: 1000 })
    const error = await failure(async () => await channel[method]('x'.repeat(1000)))
    expect(error).toMatchObject({ name: 'IsolateError', code: 'ERR_ITEM_TOO_BIG' })
    expect(channel.trySend('fits')).toBe(true)
  })

  it('counts buffers that are moved', () => {
    const channel = new Channel<ArrayBuffer>({ maxBytes: 1000 })
    const buffer = new ArrayBuffer(2000)
    expect(thrown(() => channel.trySend(buffer, { transfer: [buffer] }))).toMatchObject({ code: 'ERR_ITEM_TOO_BIG' })
  })
})

// Q273
describe('transfer', () => {
  it('detaches the buffers of the sender and moves their bytes', async () => {
    const channel = new Channel<{ bytes: Uint8Array }>()
    for (const send of [
      (value: { bytes: Uint8Array }, transfer: ArrayBuffer[]) => channel.send(value, { transfer }),
      (value: { bytes: Uint8Array }, transfer: ArrayBuffer[]) => channel.sendSync(value, { transfer }),
      (value: { bytes: Uint8Array }, transfer: ArrayBuffer[]) => channel.trySend(value, { transfer }),
    ]) {
      const bytes = new Uint8Array([1, 2, 3])
      await send({ bytes }, [bytes.buffer])
      expect(bytes.byteLength).toBe(0)
      expect(await channel.receive()).toEqual({ bytes: new Uint8Array([1, 2, 3]) })
    }
  })

  it('copies the buffers that are not named', async () => {
    const channel = new Channel<Uint8Array>()
    const bytes = new Uint8Array([1, 2, 3])
    await channel.send(bytes)
    bytes[0] = 9
    expect(await channel.receive()).toEqual(new Uint8Array([1, 2, 3]))
  })

  it('leaves a buffer with who was refused', async () => {
    const bytes = new Uint8Array(100)
    const transfer = [bytes.buffer]
    const full = new Channel<Uint8Array | string>({ capacity: 1 })
    full.trySend('in the way')
    expect(full.trySend(bytes, { transfer })).toBe(false)
    expect(thrown(() => full.sendSync(bytes, { transfer }))).toMatchObject({ code: 'ERR_WOULD_BLOCK' })
    const small = new Channel<Uint8Array>({ maxBytes: 50 })
    expect(await failure(small.send(bytes, { transfer }))).toMatchObject({ code: 'ERR_ITEM_TOO_BIG' })
    const closed = new Channel<Uint8Array>()
    closed.close()
    expect(await failure(closed.send(bytes, { transfer }))).toMatchObject({ code: 'ERR_CHANNEL_CLOSED' })
    expect(bytes.byteLength).toBe(100)
  })

  it('refuses what is no list of buffers', async () => {
    const channel = new Channel()
    for (const transfer of [{}, 'x', [1], [new Uint8Array(1)]] as never[]) {
      expect(await failure(channel.send(1, { transfer }))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    }
    expect(channel.size).toBe(0)
  })

  it('shares a SharedArrayBuffer', async () => {
    const channel = new Channel<Int32Array>()
    const cells = new Int32Array(new SharedArrayBuffer(4))
    await channel.send(cells)
    const received = await channel.receive()
    Atomics.store(received, 0, 7)
    expect(Atomics.load(cells, 0)).toBe(7)
  })
})

// M204 to M212, J159, K180
describe('a closed channel', () => {
  it('says so', () => {
    const channel = new Channel()
    channel.close()
    expect(channel.closed).toBe(true)
  })

  it('takes nothing in', async () => {
    const channel = new Channel()
    channel.close()
    for (const method of ['send', 'sendSync', 'trySend'] as const) {
      const error = await failure(async () => await channel[method](1))
      expect(error).toBeInstanceOf(ChannelClosedError)
      expect(error).toMatchObject({ name: 'ChannelClosedError', code: 'ERR_CHANNEL_CLOSED' })
    }
  })

  it('gives out what is left, and then its end', async () => {
    const channel = new Channel()
    for (const item of [1, 2, 3]) channel.trySend(item)
    channel.close()
    expect([await channel.receive(), channel.receiveSync(), channel.tryReceive()]).toEqual([1, 2, 3])
    for (const method of ['receive', 'receiveSync', 'tryReceive'] as const) {
      expect(await failure(async () => await channel[method]())).toMatchObject({ code: 'ERR_CHANNEL_CLOSED' })
    }
  })

  it('can be closed again', () => {
    const channel = new Channel()
    channel.trySend(1)
    channel.close()
    channel.close()
    expect(channel.size).toBe(1)
    channel.close({ drop: true })
    expect(channel.stats()).toMatchObject({ sent: 1, received: 0, dropped: 1, queued: 0 })
  })

  it('drops what is left when told to', async () => {
    const channel = new Channel()
    for (const item of [1, 2, 3]) channel.trySend(item)
    channel.close({ drop: true })
    expect(channel.size).toBe(0)
    expect(await failure(channel.receive())).toMatchObject({ code: 'ERR_CHANNEL_CLOSED' })
    expect(channel.stats()).toMatchObject({ sent: 3, dropped: 3, bytes: 0 })
  })

  it('refuses options that it does not know', () => {
    expect(thrown(() => new Channel().close({ force: true } as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
    expect(thrown(() => new Channel().close({ drop: 1 } as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })

  // L198, Q272
  it('ends all who wait', async () => {
    const empty = new Channel()
    const full = new Channel({ capacity: 1 })
    full.trySend('stays')
    const waiting = [
      empty.receive(),
      empty.receive({ timeout: 60_000 }),
      empty.receive({ signal: new AbortController().signal }),
      full.send(1),
      full.send(2, { until: 'received', timeout: 60_000 }),
    ].map((promise) => failure(promise))
    empty.close()
    full.close()
    expect((await Promise.all(waiting)).map(({ code }) => code)).toEqual(Array(5).fill('ERR_CHANNEL_CLOSED'))
    expect(full.stats()).toMatchObject({ sent: 1, queued: 1, waitingSenders: 0 })
  })

  it('gives the item of a rendezvous back to its sender', async () => {
    const channel = new Channel()
    const sending = failure(channel.send('met by nobody', { until: 'received' }))
    expect(channel.size).toBe(1)
    channel.close()
    expect(await sending).toMatchObject({ code: 'ERR_CHANNEL_CLOSED' })
    expect(channel.size).toBe(0)
  })
})

describe('a loop over a channel', () => {
  it('ends with the channel, after what is left in it', async () => {
    const channel = new Channel<number>()
    const seen: number[] = []
    channel.trySend(1)
    const loop = (async () => {
      for await (const value of channel) seen.push(value)
    })()
    await channel.send(2, { until: 'received' })
    channel.trySend(3)
    channel.close()
    await loop
    expect(seen).toEqual([1, 2, 3])
  })

  it('takes no more than it has asked for', async () => {
    const channel = new Channel<number>()
    for (const value of [1, 2, 3]) channel.trySend(value)
    for await (const value of channel) if (value === 2) break
    expect(channel.size).toBe(1)
  })

  it('is an iterator that stays at its end', async () => {
    const channel = new Channel<number>()
    const values = channel[Symbol.asyncIterator]()
    expect(values[Symbol.asyncIterator]()).toBe(values)
    const [first, second] = [values.next(), values.next()]
    channel.trySend(1)
    channel.trySend(2)
    expect(await Promise.all([first, second])).toEqual([
      { value: 1, done: false },
      { value: 2, done: false },
    ])
    expect(await values.return?.()).toEqual({ value: undefined, done: true })
    channel.trySend(3)
    expect(await values.next()).toEqual({ value: undefined, done: true })
    expect(channel.tryReceive()).toBe(3)
    channel.close()
    const later = channel[Symbol.asyncIterator]()
    expect(await later.next()).toEqual({ value: undefined, done: true })
    expect(await later.next()).toEqual({ value: undefined, done: true })
  })
})

describe('stats()', () => {
  it('counts what a channel carries', async () => {
    const channel = new Channel({ capacity: 2 })
    for (const item of [1, 2]) await channel.send(item)
    const third = channel.send(3)
    await channel.receive()
    await third
    expect(channel.stats()).toEqual({
      sent: 3,
      received: 1,
      dropped: 0,
      queued: 2,
      bytes: expect.any(Number),
      waitingSenders: 0,
      waitingReceivers: 0,
    })
    expect(channel.stats().bytes).toBeGreaterThan(0)
  })
})

describe('a channel', () => {
  it('is seen by inspect and JSON without harm', async () => {
    const channel = new Channel({ name: 'jobs' })
    const { inspect } = await import('node:util')
    expect(inspect(channel)).toMatch(/Channel.*jobs/s)
    expect(JSON.parse(JSON.stringify(channel))).toEqual({ name: 'jobs' })
  })

  it('can have subclasses, which stay what they are', () => {
    class Jobs extends Channel<number> {
      twice = 2
    }
    const jobs = new Jobs({ capacity: 1 })
    expect(jobs.trySend(jobs.twice)).toBe(true)
    expect(jobs).toBeInstanceOf(Channel)
  })
})
