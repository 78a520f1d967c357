import { describe, expect, it } from 'vitest'
import { Channel, Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { Random, seed } from './helpers/random.js'
import { quarantine } from './helpers/sanitizer.js'
import { until } from './helpers/until.js'

// TEST_SOAK names millions of messages; the suite's own share is short.
const soak = Number(process.env['TEST_SOAK'] ?? 0.2) * 1e6
const time = Math.max(60_000, soak / 10)

describe(`${soak} messages`, () => {
  const cases: [string, string, string][] = [
    [
      'blocking',
      'for (let i = 0; i < count; i++) channel.sendSync(i); channel.close()',
      'let sum = 0; try { for (;;) sum += channel.receiveSync() } catch (error) { if (error.code !== "ERR_CHANNEL_CLOSED") throw error }; sum',
    ],
    [
      'with promises',
      'for (let i = 0; i < count; i++) await channel.send(i); channel.close()',
      'let sum = 0; for await (const i of channel) sum += i; sum',
    ],
  ]
  it.each(cases)('%s leave memory flat', { timeout: time }, async (_name, send, receive) => {
    const isolates = [new Isolate({ memoryLimit: 64 }), new Isolate({ memoryLimit: 64 })] as const
    const run = async (count: number): Promise<void> => {
      const globals = { channel: new Channel<number>({ capacity: 1000 }), count }
      const sending = isolates[0].run(`{ ${send} }`, { globals })
      expect(
        await isolates[1].run(`(async () => { ${receive.replace(/; sum$/, '; return sum')} })()`, { globals }),
      ).toBe((count * (count - 1)) / 2)
      await sending
    }
    await run(soak / 10)
    gc?.()
    const before = process.memoryUsage().rss
    await run(soak)
    gc?.()
    // A single byte kept of each of ten million would show.
    expect(process.memoryUsage().rss - before - quarantine).toBeLessThan(24 * 2 ** 20)
    for (const isolate of isolates) isolate.terminate()
  })
})

/** Where isolates leave word of what they did, so that it outlives them. */
class Ledger {
  /** How often each item was received. */
  readonly received: Uint8Array
  /** How many items each sender has sent. */
  readonly progress: Int32Array

  constructor(items: number, senders: number) {
    this.received = new Uint8Array(new SharedArrayBuffer(items))
    this.progress = new Int32Array(new SharedArrayBuffer(4 * senders))
  }
}

// Now and then they wait with a timeout that is mostly too short.
const send = `{
  for (let n = 0; n < count; ) {
    const item = first + n
    try {
      if (n % 64 === 0) await channel.send(item, { timeout: 0.05 })
      else if (n % 64 === 32) await channel.send(item)
      else channel.sendSync(item)
      Atomics.store(progress, id, ++n)
    } catch (error) { if (error.code !== 'ERR_TIMEOUT') throw error }
  }
}`
const receive = `(async () => {
  for (let n = 0; ; n++) {
    try {
      const item = n % 64 === 0 ? await channel.receive({ timeout: 0.05 }) : n % 64 === 32 ? channel.receiveSync() : await channel.receive()
      Atomics.add(received, item, 1)
    } catch (error) {
      if (error.code === 'ERR_CHANNEL_CLOSED') return
      if (error.code !== 'ERR_TIMEOUT') throw error
    }
  }
})()`

// L188, Q271: what is sent is received once, still there, or in the hands of one who died.
describe(`isolates that die at it (seed ${seed})`, () => {
  it(`leave every one of ${soak} messages accounted for`, { timeout: time }, async () => {
    const random = new Random(seed)
    const [rounds, parties] = [10, 3]
    const count = Math.floor(soak / rounds / parties)
    for (let round = 0; round < rounds; round++) {
      const channel = new Channel<number>(round % 2 === 0 ? { capacity: 1000 } : { capacity: 64, maxBytes: 4096 })
      const ledger = new Ledger(count * parties, parties)
      const globals = { channel, count, received: ledger.received, progress: ledger.progress }
      const receiver = (): { isolate: Isolate; ended: Promise<unknown> } => {
        const isolate = new Isolate({ globals })
        return { isolate, ended: isolate.run(receive).catch((error) => error) }
      }
      const senders = Array.from({ length: parties }, (_, id) => {
        const isolate = new Isolate({ globals: { ...globals, id, first: id * count } })
        return { isolate, ended: isolate.run(send).catch((error) => error) }
      })
      const receivers = Array.from({ length: parties }, receiver)
      // One of each is ended in the midst of it, and somebody else goes on receiving.
      const victim = random.below(parties)
      const moment = 1 + random.below(count - 1)
      await until(() => Atomics.load(ledger.progress, victim) >= moment, 'the sender has come so far', time)
      senders[victim]?.isolate.terminate()
      const dying = receivers[random.below(parties)]
      dying?.isolate.terminate()
      receivers.push(receiver())
      expect(await senders[victim]?.ended).toSatisfy(
        (end) => !(end instanceof Error) || (end as { code?: string }).code === 'ERR_ISOLATE_CLOSED',
      )
      await Promise.all(senders.map(({ ended }) => ended))
      // What it had been given and has not seen goes back into the channel when it is gone, while others are there for it.
      await dying?.isolate.closed
      channel.close()
      await Promise.all(receivers.map(({ ended }) => ended))
      expect(await failure(() => channel.tryReceive())).toMatchObject({ code: 'ERR_CHANNEL_CLOSED' })

      const { sent, received, dropped, queued } = channel.stats()
      expect([received + dropped + queued, dropped, queued]).toEqual([sent, 0, 0])
      // The one that died had sent one more at most than it had written down.
      const progress = ledger.progress.reduce((sum, each) => sum + each, 0)
      expect(sent - progress).toBeGreaterThanOrEqual(0)
      expect(sent - progress).toBeLessThanOrEqual(1)
      let marked = 0
      let twice = 0
      for (const times of ledger.received) {
        marked += times
        if (times > 1) twice++
      }
      expect(twice).toBe(0)
      // And the receiver that died had one in its hands at most.
      expect(received - marked).toBeGreaterThanOrEqual(0)
      expect(received - marked).toBeLessThanOrEqual(1)
      for (const { isolate } of [...senders, ...receivers]) isolate.terminate()
    }
  })
})
