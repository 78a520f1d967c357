import { describe, expect, it } from 'vitest'
import { Channel, Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { patience, until } from './helpers/until.js'

// J144, L188, Q261
describe('between host and guest', () => {
  it('items go both ways', async () => {
    using isolate = new Isolate()
    const there = new Channel<number>()
    const back = new Channel<number>()
    const serving = isolate.run('for await (const n of there) await back.send(n * n)', { globals: { there, back } })
    for (const n of [2, 3, 4]) {
      await there.send(n)
      expect(await back.receive()).toBe(n * n)
    }
    there.close()
    await serving
  })

  it('every method works in a guest', async () => {
    using isolate = new Isolate()
    expect(
      await isolate.run(`
        const { Channel } = isolates
        const channel = new Channel({ capacity: 2, maxBytes: 1e6, name: 'inner' })
        const log = [channel.capacity, channel.maxBytes, channel.name, channel.size, channel.closed]
        channel.sendSync(1); log.push(channel.trySend(2), channel.trySend(3))
        log.push(channel.receiveSync(), await channel.receive(), channel.tryReceive('nothing'))
        await channel.send({ list: [1, 2] }); log.push(await channel.receive())
        const sending = channel.send('met', { until: 'received' }); log.push(await channel.receive()); await sending
        channel.trySend(5); const { channel: from, value } = await Channel.select([new Channel(), channel]); log.push(from === channel, value)
        channel.close(); log.push(channel.closed); channel.stats(); channel.ref().unref()
        try { await channel.receive() } catch (error) { log.push(error instanceof isolates.ChannelClosedError, error.code) }
        log`),
    ).toEqual([
      2,
      1e6,
      'inner',
      0,
      false,
      true,
      false,
      1,
      2,
      'nothing',
      { list: [1, 2] },
      'met',
      true,
      5,
      true,
      true,
      'ERR_CHANNEL_CLOSED',
    ])
  })

  it('errors have the classes of their own side', async () => {
    using isolate = new Isolate()
    expect(
      await isolate.run(`
        const { Channel, TimeoutError, NotShareableError, IsolateError } = isolates
        const errors = []
        const attempt = async (action) => { try { await action() } catch (error) { errors.push(error) } }
        await attempt(() => new Channel().receive({ timeout: 1 }))
        await attempt(() => new Channel().receiveSync({ timeout: 1 }))
        await attempt(() => new Channel().send({ f() {} }))
        await attempt(() => new Channel({ maxBytes: 10 }).trySend('x'.repeat(100)))
        await attempt(() => new Channel({ capacity: -1 }))
        await attempt(() => new Channel({ size: 1 }))
        errors.map((error) => [error.constructor === globalThis[error.constructor.name] || error.constructor === isolates[error.constructor.name], error.name, error.code])`),
    ).toEqual([
      [true, 'TimeoutError', 'ERR_TIMEOUT'],
      [true, 'TimeoutError', 'ERR_TIMEOUT'],
      [true, 'NotShareableError', 'ERR_NOT_SHAREABLE'],
      [true, 'IsolateError', 'ERR_ITEM_TOO_BIG'],
      [true, 'RangeError', 'ERR_OUT_OF_RANGE'],
      [true, 'TypeError', 'ERR_INVALID_OPTION'],
    ])
  })

  it('an uncaught error of a channel reaches the host with its code', async () => {
    using isolate = new Isolate()
    const error = await failure(isolate.run('new isolates.Channel().receive({ timeout: 1 })'))
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'ERR_TIMEOUT' })
  })

  it('an AbortSignal of the guest’s own making is honoured', async () => {
    using isolate = new Isolate()
    expect(
      await isolate.run(`
        let fire
        const signal = { aborted: false, reason: 'enough', addEventListener: (_, listener) => { fire = listener }, removeEventListener() {} }
        const channel = new isolates.Channel()
        const receiving = channel.receive({ signal }).catch((reason) => reason)
        fire()
        channel.trySend(1);
        [await receiving, channel.size]`),
    ).toEqual(['enough', 1])
  })

  it('a guest that waits is idle and answers other calls', async () => {
    using isolate = new Isolate()
    const channel = new Channel<string>()
    const waiting = isolate.run('channel.receive()', { globals: { channel } })
    await until(() => channel.stats().waitingReceivers === 1, 'the guest waits')
    expect(await isolate.run('1 + 1')).toBe(2)
    await channel.send('woken')
    expect(await waiting).toBe('woken')
  })

  it('a guest in runSync may use what need not wait', () => {
    using isolate = new Isolate()
    const channel = new Channel<number>()
    channel.trySend(20)
    expect(
      isolate.runSync('channel.sendSync(channel.receiveSync() + 1); channel.receiveSync()', { globals: { channel } }),
    ).toBe(21)
    expect(
      isolate.runSync('try { channel.receiveSync() } catch (error) { error.code }', { globals: { channel } }),
    ).toBe('ERR_WOULD_BLOCK')
    expect(isolate.runSync('try { channel.receiveSync({ timeout: 1 }) } catch (error) { error.code }')).toBe(
      'ERR_TIMEOUT',
    )
  })
})

// Q261
describe('a guest that blocks', () => {
  it('in receiveSync is woken by the host', async () => {
    using isolate = new Isolate()
    const channel = new Channel<string>()
    const waiting = isolate.run('channel.receiveSync()', { globals: { channel } })
    await until(() => channel.stats().waitingReceivers === 1, 'the guest waits')
    await channel.send('woken')
    expect(await waiting).toBe('woken')
  })

  it('in sendSync is let in by the host', async () => {
    using isolate = new Isolate()
    const channel = new Channel<number>({ capacity: 1 })
    const sending = isolate.run(
      'channel.sendSync(1); channel.sendSync(2); channel.sendSync(3, { until: "received" }); "done"',
      { globals: { channel } },
    )
    expect([await channel.receive(), await channel.receive(), await channel.receive()]).toEqual([1, 2, 3])
    expect(await sending).toBe('done')
  })

  it('is told when the channel is closed', async () => {
    const empty = new Channel<number>()
    const full = new Channel<number>({ capacity: 1 })
    full.trySend(1)
    const waiting = ['empty.receiveSync()', 'full.sendSync(2)', 'full.sendSync(2, { until: "received" })'].map(
      async (wait) => {
        using other = new Isolate()
        return await other.run(`try { ${wait} } catch (error) { error.code }`, { globals: { empty, full } })
      },
    )
    await until(() => empty.stats().waitingReceivers === 1 && full.stats().waitingSenders === 2, 'all wait')
    empty.close()
    full.close()
    expect(await Promise.all(waiting)).toEqual(Array(3).fill('ERR_CHANNEL_CLOSED'))
  })

  it('keeps no other guest from running, however many block', async () => {
    const isolates = Array.from({ length: 12 }, () => new Isolate())
    const channel = new Channel<number>()
    const done = new Channel<number>()
    const waiting = isolates.map((isolate) =>
      isolate.run('done.trySend(channel.receiveSync())', { globals: { channel, done } }),
    )
    await until(() => channel.stats().waitingReceivers === 12, 'all wait')
    using sender = new Isolate()
    await sender.run('for (let item = 0; item < 12; item++) channel.sendSync(item)', { globals: { channel } })
    await Promise.all(waiting)
    const received: unknown[] = []
    while (done.size > 0) received.push(done.tryReceive())
    expect(received.sort((a, b) => (a as number) - (b as number))).toEqual(
      Array.from({ length: 12 }, (_, index) => index),
    )
    for (const isolate of isolates) isolate.terminate()
  })

  it('plays ping-pong with another', async () => {
    using ping = new Isolate()
    using pong = new Isolate()
    const globals = { there: new Channel<number>(), back: new Channel<number>() }
    const returning = pong.run(
      'let last; do { last = there.receiveSync(); back.sendSync(last) } while (last < 2000); last',
      { globals },
    )
    expect(
      await ping.run(
        'let sum = 0; for (let n = 1; n <= 2000; n++) { there.sendSync(n); sum += back.receiveSync() } sum',
        { globals },
      ),
    ).toBe(2001000)
    expect(await returning).toBe(2000)
  })
})

// J143, K181, K186, L181
describe('a channel stays the same channel', () => {
  it('as global, argument and result', async () => {
    using isolate = new Isolate({ globals: { channel: new Channel() } })
    const channel = new Channel<string>({ capacity: 7 })
    await isolate.set({ set: channel })
    expect(await isolate.get('set')).toBe(channel)
    expect(await isolate.call((given: unknown) => given, [channel])).toBe(channel)
    expect(isolate.callSync((given: unknown) => given, [channel])).toBe(channel)
    expect(await isolate.run('[set, { set }]')).toEqual([channel, { set: channel }])
    expect(await isolate.call((given: unknown) => given === (globalThis as { set?: unknown }).set, [channel])).toBe(
      true,
    )
    expect(await isolate.run('set instanceof isolates.Channel && set.capacity === 7')).toBe(true)
  })

  it('through another channel and through itself', async () => {
    const outer = new Channel<unknown>()
    const inner = new Channel<unknown>()
    await outer.send(inner)
    expect(await outer.receive()).toBe(inner)
    await outer.send([outer, { outer }])
    expect(await outer.receive()).toEqual([outer, { outer }])
    await outer.send(outer)
    expect(await outer.receive()).toBe(outer)
  })

  it('through another isolate', async () => {
    using first = new Isolate()
    using second = new Isolate()
    const road = new Channel<Channel<string>>()
    await first.run('globalThis.made = new isolates.Channel(); await road.send(made)', { globals: { road } })
    await second.run('const made = await road.receive(); await made.send("from second"); await road.send(made)', {
      globals: { road },
    })
    const made = await road.receive()
    expect(await made.receive()).toBe('from second')
    expect(await first.call((given: unknown) => given === (globalThis as { made?: unknown }).made, [made])).toBe(true)
  })

  it('inside of maps, sets, errors and frozen objects', async () => {
    using isolate = new Isolate()
    const channel = new Channel()
    const value = {
      map: new Map([[channel, channel]]),
      set: new Set([channel]),
      error: Object.assign(new Error('x'), { channel }),
      list: [channel, channel],
    }
    const back = await isolate.call((given: typeof value) => given, [value])
    expect([...back.map][0]).toEqual([channel, channel])
    expect(back.set.has(channel)).toBe(true)
    expect((back.error as Error & { channel: unknown }).channel).toBe(channel)
    expect(back.list[0]).toBe(back.list[1])
  })

  it('when its class is subclassed or broken on the other side', async () => {
    using isolate = new Isolate()
    const channel = new Channel<number>()
    await channel.send(1)
    expect(
      await isolate.call(
        async (given: Channel<number>) => {
          Object.prototype.toString = () => 'broken'
          Array.prototype.push = () => 0
          Map.prototype.get = () => undefined
          return await given.receive()
        },
        [channel],
      ),
    ).toBe(1)
  })

  it('after its isolate has ended', async () => {
    const isolate = new Isolate()
    const channel = await isolate.run<Channel<string>>(
      'globalThis.kept = new isolates.Channel(); kept.trySend("left behind"); kept',
    )
    await isolate.close()
    expect(await channel.receive()).toBe('left behind')
  })
})

// J155 to J158
describe('among isolates', () => {
  it('both sides see the same size', async () => {
    using isolate = new Isolate()
    const channel = new Channel<number>()
    await isolate.set({ channel })
    await channel.send(1)
    expect(await isolate.run('const seen = channel.size; channel.trySend(2); seen')).toBe(1)
    expect(channel.size).toBe(2)
  })

  it('values keep their types and buffers can move', async () => {
    using isolate = new Isolate()
    const there = new Channel<unknown>()
    const back = new Channel<unknown>()
    const echo = isolate.run(
      'for await (const value of there) await back.send(value, value instanceof ArrayBuffer ? { transfer: [value] } : undefined)',
      { globals: { there, back } },
    )
    const values = [
      new Map([[1, new Set(['a'])]]),
      new Date(7),
      /x/g,
      2n ** 70n,
      new Uint8Array([1, 2]),
      [undefined, null],
      new ArrayBuffer(8),
    ]
    for (const value of values) {
      await there.send(value, value instanceof ArrayBuffer ? { transfer: [value] } : {})
      const received = await back.receive()
      if (value instanceof ArrayBuffer) {
        expect(value.byteLength).toBe(0)
        expect((received as ArrayBuffer).byteLength).toBe(8)
      } else {
        expect(received).toEqual(value)
      }
    }
    there.close()
    await echo
  })

  it('a buffer that moved outlives the isolate it was made in', async () => {
    const isolate = new Isolate()
    const channel = new Channel<Uint8Array>()
    await isolate.run(
      'const bytes = new Uint8Array(1e6).fill(7); channel.trySend(bytes, { transfer: [bytes.buffer] })',
      { globals: { channel } },
    )
    await isolate.close()
    const bytes = await channel.receive()
    gc?.()
    expect(bytes.every((byte) => byte === 7)).toBe(true)
  })
})

// Q262, and part two: defects 1, 2 and 9
describe('a call with a timeout whose promise waits on a channel', () => {
  const endless = [
    ['an endless loop', 'for (;;);'],
    ['endless arithmetic on bigints', 'let n = 3n; for (;;) n *= n'],
    ['endless microtasks', 'const again = () => Promise.resolve().then(again); await again()'],
    ['another wait', 'await new isolates.Channel().receive()'],
    ['a blocking wait', 'new isolates.Channel().receiveSync()'],
    ['a blocking wait until received', 'new isolates.Channel().sendSync(1, { until: "received" })'],
  ] as const

  it.each(endless)('ends in %s that follows', async (_name, source) => {
    using isolate = new Isolate()
    const channel = new Channel()
    const calling = failure(isolate.run(`await channel.receive(); ${source}`, { globals: { channel }, timeout: 50 }))
    await channel.send('go')
    expect(await calling).toMatchObject({ name: 'TimeoutError', code: 'ERR_TIMEOUT' })
    expect(await isolate.run('1 + 1', { timeout: 10_000 })).toBe(2)
  })

  it.each(endless)('ends in %s at once', async (_name, source) => {
    using isolate = new Isolate()
    expect(await failure(isolate.run(source, { timeout: 20 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(await isolate.run('1 + 1', { timeout: 10_000 })).toBe(2)
  })

  it('ends while it waits, and its wait goes on without it', async () => {
    using isolate = new Isolate()
    const channel = new Channel()
    const after = new Channel<string>()
    const source = "await channel.receive(); await after.send('went on')"
    // Time enough to get there, on a busy machine too.
    const calling = failure(isolate.run(source, { globals: { channel, after }, timeout: patience / 60 }))
    await until(() => channel.stats().waitingReceivers === 1, 'the guest waits')
    expect(await calling).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(channel.stats().waitingReceivers).toBe(1)
    await channel.send(1)
    expect(await after.receive({ timeout: patience })).toBe('went on')
  })

  it('ends in runSync while the guest blocks', () => {
    using isolate = new Isolate()
    expect(() => isolate.runSync('new isolates.Channel().receiveSync({ timeout: 1e6 })', { timeout: 20 })).toThrow(
      /timeout of 20 ms/,
    )
    expect(isolate.runSync('1')).toBe(1)
  })

  it('cannot be outlived by catching its error', async () => {
    using isolate = new Isolate()
    const calling = isolate.run('for (;;) try { new isolates.Channel().receiveSync() } catch {} finally { continue }', {
      timeout: 20,
    })
    expect(await failure(calling)).toMatchObject({ code: 'ERR_TIMEOUT' })
  })

  it('leaves the item to others that came when its time was up', async () => {
    using isolate = new Isolate()
    const channel = new Channel<number>()
    for (let round = 0; round < 50; round++) {
      const calling = isolate.run('channel.receiveSync()', { globals: { channel }, timeout: 1 }).catch(() => undefined)
      const sending = channel.send(round, { until: 'received' }).then(() => 'received')
      const value = await calling
      if (value === undefined && channel.size === 1) expect(await channel.receive()).toBe(round)
      expect(await sending).toBe('received')
    }
    const { sent, received, queued } = channel.stats()
    expect([sent, received, queued]).toEqual([50, 50, 0])
  })
})

it('an AbortSignal of a call ends a guest that blocks', async () => {
  using isolate = new Isolate()
  const channel = new Channel()
  const controller = new AbortController()
  const calling = failure(isolate.run('channel.receiveSync()', { globals: { channel }, signal: controller.signal }))
  await until(() => channel.stats().waitingReceivers === 1, 'the guest waits')
  controller.abort(new Error('stop'))
  expect(await calling).toMatchObject({ message: 'stop' })
  await until(() => channel.stats().waitingReceivers === 0, 'the guest waits no more')
  channel.trySend('kept')
  expect(await isolate.run('channel.tryReceive()')).toBe('kept')
})
