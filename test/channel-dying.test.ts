import { describe, expect, it } from 'vitest'
import { Channel, Isolate } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'
import { patience, until } from './helpers/until.js'

const ends: [string, (isolate: Isolate) => unknown][] = [
  ['is terminated', (isolate) => isolate.terminate()],
  ['is terminated from its own call’s error', (isolate) => isolate.run('null.x').catch(() => isolate.terminate())],
  [
    'runs out of memory',
    (isolate) => isolate.run('const list = []; for (;;) list.push(new Array(1000).fill(list.length))').catch(() => {}),
  ],
]

/** Runs `action` with an isolate that has ended when it returns. */
async function dying(
  end: (isolate: Isolate) => unknown,
  globals: Record<string, unknown>,
  source: string,
  waits: () => boolean,
): Promise<void> {
  const isolate = new Isolate({ globals, memoryLimit: 32 })
  const calling = failure(isolate.run(source))
  await until(waits, 'the guest waits')
  end(isolate)
  await isolate.closed
  await calling
}

// L201 to L203 and J163 to J167, whose default here is that items outlive their sender
describe.each(ends)('when an isolate %s', (_name, end) => {
  it('its receivers leave the items to others', async () => {
    const channel = new Channel<number>()
    await dying(
      end,
      { channel },
      'Promise.all([channel.receive(), channel.receive(), isolates.Channel.select([channel, new isolates.Channel()])])',
      () => channel.stats().waitingReceivers === 3,
    )
    expect(channel.stats().waitingReceivers).toBe(0)
    for (const item of [1, 2, 3]) channel.trySend(item)
    expect([channel.tryReceive(), channel.tryReceive(), channel.tryReceive()]).toEqual([1, 2, 3])
  })

  it('what it had sent can still be received', async () => {
    const channel = new Channel<unknown>({ capacity: 2 })
    await dying(
      end,
      { channel },
      'channel.trySend([1, new Uint8Array(1e5)]); channel.trySend({ text: "x".repeat(1e5) }); channel.send(3)',
      () => channel.stats().waitingSenders === 1,
    )
    expect(channel.stats()).toMatchObject({ sent: 2, queued: 2, waitingSenders: 0 })
    expect(await channel.receive()).toEqual([1, new Uint8Array(1e5)])
    expect(await channel.receive()).toEqual({ text: 'x'.repeat(1e5) })
    expect(channel.tryReceive('nothing')).toBe('nothing')
  })

  it('its items that wait to be received are taken back', async () => {
    const channel = new Channel<number>()
    await dying(
      end,
      { channel },
      'channel.trySend(1); channel.send(2, { until: "received" })',
      () => channel.size === 2,
    )
    expect([channel.tryReceive(), channel.tryReceive('nothing')]).toEqual([1, 'nothing'])
  })

  it('its senders let those behind them in', async () => {
    const channel = new Channel<string>({ maxBytes: 2000 })
    channel.trySend('x'.repeat(1000))
    let sending: Promise<void> | undefined
    await dying(end, { channel }, 'channel.send("y".repeat(1500))', () => {
      if (channel.stats().waitingSenders !== 1) return false
      sending = channel.send('z')
      return true
    })
    await sending
    expect([(await channel.receive())[0], await channel.receive()]).toEqual(['x', 'z'])
  })
})

// Blocked, it cannot be given more to do: only from outside does it end.
describe('when an isolate is terminated', () => {
  it('while it blocks in receiveSync it leaves the items to others', async () => {
    const channel = new Channel<number>()
    await dying(
      (isolate) => isolate.terminate(),
      { channel },
      'channel.receiveSync()',
      () => channel.stats().waitingReceivers === 1,
    )
    channel.trySend(1)
    expect(channel.tryReceive()).toBe(1)
  })

  it('while it blocks in sendSync its item is not sent', async () => {
    const channel = new Channel<number>({ capacity: 1 })
    channel.trySend(1)
    await dying(
      (isolate) => isolate.terminate(),
      { channel },
      'channel.sendSync(2)',
      () => channel.stats().waitingSenders === 1,
    )
    expect([channel.tryReceive(), channel.tryReceive('nothing')]).toEqual([1, 'nothing'])
  })

  it('at the moment an item comes, that is neither lost nor doubled', async () => {
    for (const wait of ['channel.receiveSync()', 'channel.receive()', 'isolates.Channel.select([channel])']) {
      const channel = new Channel<number>()
      // What it got it hands on; blocking, it may be stopped after it has it, which is the guest's own affair.
      for (let round = 0; round < 30; round++) {
        const isolate = new Isolate({ globals: { channel } })
        const calling = isolate.run(wait).then(
          () => 1,
          () => 0,
        )
        await until(() => channel.stats().waitingReceivers === 1, 'the guest waits')
        if (round % 2 === 0) channel.trySend(round)
        isolate.terminate()
        if (round % 2 === 1) channel.trySend(round)
        await isolate.closed
        await calling
        const { sent, received, queued } = channel.stats()
        expect(sent).toBe(received + queued)
        while (channel.size > 0) channel.tryReceive()
        expect(channel.stats().waitingReceivers).toBe(0)
      }
    }
  })
})

it('an isolate whose handle is collected lets go of what it waits for', async () => {
  const channel = new Channel<number>()
  await (async () => {
    const isolate = new Isolate({ globals: { channel } })
    // Nobody waits for the call, so the handle is not kept.
    await isolate.run('void channel.receive(); 0')
  })()
  expect(channel.stats().waitingReceivers).toBe(1)
  await until(() => {
    gc?.()
    return channel.stats().waitingReceivers === 0
  }, 'the isolate was collected')
})

it('an isolate that is closed in peace lets go of what it waits for', async () => {
  const channel = new Channel<number>()
  const isolate = new Isolate({ globals: { channel } })
  await isolate.run('void channel.receive(); void channel.send(1, { until: "received" }); 0')
  await isolate.close()
  expect(channel.stats()).toMatchObject({ waitingReceivers: 0, waitingSenders: 0 })
})

// N, and the proof of the ledger: what was sent was received, is queued, or was given back.
it('every item of isolates that die at random is accounted for', { timeout: 4 * patience }, async () => {
  const channel = new Channel<[string, number]>({ capacity: 8 })
  const ledger = new Channel<[string, number]>()
  const source = (name: string): string => `
    (async () => { for (let n = 0; ; n++) { ledger.trySend(['${name}', n]); await channel.send(['${name}', n]) } })();
    (async () => { for (;;) await channel.receive() })()`
  const isolates: Isolate[] = []
  for (let round = 0; round < 40; round++) {
    const isolate = new Isolate({ globals: { channel, ledger } })
    isolate.run(source(`guest ${round}`)).catch(() => {})
    isolates.push(isolate)
    if (isolates.length === 4) {
      const seen = channel.stats().received
      await until(() => channel.stats().received > seen + 50, 'they talk')
      const [victim] = isolates.splice(round % 4, 1)
      victim?.terminate()
      await victim?.closed
    }
  }
  for (const isolate of isolates) isolate.terminate()
  await Promise.all(isolates.map(({ closed }) => closed))
  const { sent, received, dropped, queued, waitingReceivers, waitingSenders } = channel.stats()
  expect([waitingReceivers, waitingSenders]).toEqual([0, 0])
  expect(sent).toBe(received + dropped + queued)
  // Each isolate had at most one item on its way that was not sent.
  expect(ledger.size - sent).toBeGreaterThanOrEqual(0)
  expect(ledger.size - sent).toBeLessThanOrEqual(40)
  const left: string[] = []
  while (channel.size > 0) left.push(String(channel.tryReceive()))
  expect(new Set(left).size).toBe(left.length)
})

// J165, Q203, L203
describe("a channel with orphans: 'drop'", () => {
  it('throws away what an isolate had sent when that ends, and nothing else', async () => {
    const channel = new Channel<string>({ orphans: 'drop' })
    const kept = new Channel<string>()
    const isolates = [new Isolate({ globals: { channel, kept } }), new Isolate({ globals: { channel, kept } })] as const
    channel.trySend('host')
    await isolates[0].run("channel.trySend('first'); channel.trySend('second'); kept.trySend('first')")
    await isolates[1].run("channel.trySend('other')")
    await isolates[0].run("channel.trySend('third'); undefined")
    expect(channel.size).toBe(5)
    isolates[0].terminate()
    await isolates[0].closed
    expect(channel.stats()).toMatchObject({ sent: 5, dropped: 3, queued: 2 })
    expect([channel.tryReceive(), channel.tryReceive(), channel.tryReceive()]).toEqual(['host', 'other', undefined])
    expect(kept.tryReceive()).toBe('first')
    await isolates[1].close()
  })

  it('lets those in who wait for the room', async () => {
    const channel = new Channel<string>({ capacity: 2, orphans: 'drop' })
    const isolate = new Isolate({ globals: { channel } })
    await isolate.run("channel.trySend('a'); channel.trySend('b')")
    const sent = channel.send('c')
    await isolate.close()
    await sent
    expect(await channel.receive()).toBe('c')
  })

  it('counts what was received and sent again as the new sender’s', async () => {
    const channel = new Channel<string>({ orphans: 'drop' })
    const isolate = new Isolate({ globals: { channel } })
    await isolate.run("channel.trySend('a')")
    channel.trySend(await channel.receive())
    await isolate.close()
    expect(channel.tryReceive()).toBe('a')
  })

  it('takes no other word', () => {
    expect(thrown(() => new Channel({ orphans: 'forget' as never }))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })
})
