import { describe, expect, it } from 'vitest'
import { Channel, Isolate } from './helpers/isolates.js'
import { quarantine, sanitized, shadowed } from './helpers/sanitizer.js'
import { patience, turn } from './helpers/until.js'

const size = 2 ** 20

/** Does `make` so often that memory would grow by a MiB each time if what it leaves were kept. */
async function freed(make: (round: number) => unknown, least = 150): Promise<void> {
  const rounds = sanitized ? 4 * least : least
  const settle = async (): Promise<number> => {
    for (let round = 0; round < 3; round++) {
      gc?.()
      await turn()
    }
    return process.memoryUsage().rss
  }
  for (let round = 0; round < 20; round++) await make(round)
  const before = await settle()
  for (let round = 0; round < rounds; round++) {
    await make(round)
    if (round % 20 === 19) await settle()
  }
  const grown = async (): Promise<number> => ((await settle()) - before - quarantine) / size
  // A guest collects in the background, and on a busy machine late; what is kept grows with each round more.
  const deadline = performance.now() + patience
  while ((await grown()) >= rounds / 3 && performance.now() < deadline) await make(0)
  expect(await grown()).toBeLessThan(rounds / 3)
}

const item = (): Uint8Array => new Uint8Array(size).fill(1)

describe.skipIf(shadowed)('a channel that nobody can reach is freed', () => {
  it('with the items in it', () => freed(() => new Channel().trySend(item())))

  it('when it was closed', () =>
    freed(() => {
      const channel = new Channel()
      channel.trySend(item())
      channel.close()
    }))

  it('when its waits have ended', () =>
    freed(async () => {
      const channel = new Channel<Uint8Array>({ capacity: 1 })
      channel.trySend(item())
      await channel.send(item(), { timeout: 0.1 }).catch(() => {})
    }))

  it('when it is in another channel that nobody can reach', () =>
    freed(() => {
      const outer = new Channel()
      const inner = new Channel()
      inner.trySend(item())
      outer.trySend(inner)
    }))

  it('when it is in its own queue', () =>
    freed(() => {
      const channel = new Channel()
      channel.trySend(item())
      channel.trySend({ deep: [channel] })
    }))

  it('when two are in each other’s queues', () =>
    freed(() => {
      const channels = [new Channel(), new Channel(), new Channel()] as const
      channels[0].trySend(item())
      channels[0].trySend(channels[1])
      channels[1].trySend([channels[2], channels[1]])
      channels[2].trySend(new Map([[channels[0], channels[2]]]))
    }))

  it('when only a wait had led to it, and that ends', () =>
    freed(async () => {
      const wait = (() => {
        const channel = new Channel()
        const other = new Channel()
        other.trySend(item())
        other.trySend(channel)
        // Full, so that the value waits outside of it.
        const full = new Channel({ capacity: 1 })
        full.trySend(channel)
        channel.trySend([full, other])
        return full.send(1, { timeout: 1 }).catch(() => {})
      })()
      gc?.()
      await wait
    }))

  it('when only an item had led to it, and that is thrown away', () => {
    const kept: Channel[] = []
    return freed(async () => {
      const through = new Channel()
      ;(() => {
        const channel = new Channel()
        channel.trySend(item())
        channel.trySend(channel)
        through.trySend(channel)
      })()
      gc?.()
      await turn()
      through.close({ drop: true })
      kept.push(through)
    })
  })

  it('when it is at the end of a long row of channels', async () => {
    let last = new Channel()
    for (let length = 0; length < 50_000; length++) {
      const next = new Channel()
      next.trySend(last)
      last = next
    }
    last = new Channel()
    for (let round = 0; round < 5; round++) {
      gc?.()
      await turn()
    }
    // It is the end of one, not of the process, which would run out of stack.
    expect(last.size).toBe(0)
  })

  it('when a guest had it', async () => {
    using isolate = new Isolate()
    await freed(
      () =>
        isolate.run(
          '{ const channel = new isolates.Channel(); channel.trySend(new Uint8Array(2 ** 20)); channel.trySend(channel) }',
        ),
      // Nobody can make a guest collect its garbage: V8 does when it has heard of so much outside of the heap.
      500,
    )
  })

  it('when the isolate that had it has ended', () =>
    freed(async (round) => {
      if (round % 10 !== 0) return
      const isolate = new Isolate()
      await isolate.run(
        'for (let i = 0; i < 10; i++) { const channel = new isolates.Channel(); channel.trySend(new Uint8Array(2 ** 20)); channel.trySend(channel) }',
      )
      await isolate.close()
    }))
})

describe.skipIf(shadowed)('a channel that somebody can reach is kept', () => {
  it('by a channel that is reached, with all that is in it', async () => {
    const outer = new Channel<Channel<unknown>>()
    ;(() => {
      const inner = new Channel<unknown>()
      inner.trySend(inner)
      inner.trySend('kept')
      outer.trySend(inner)
    })()
    for (let round = 0; round < 5; round++) {
      gc?.()
      await turn()
    }
    const inner = await outer.receive()
    expect([await inner.receive(), await inner.receive()]).toEqual([inner, 'kept'])
  })

  it('by an isolate', async () => {
    using isolate = new Isolate()
    await (async () => {
      const channel = new Channel<unknown>()
      channel.trySend(channel)
      channel.trySend('kept')
      await isolate.set({ channel })
    })()
    for (let round = 0; round < 5; round++) {
      gc?.()
      await turn()
    }
    expect(await isolate.run('[channel.tryReceive() === channel, channel.tryReceive()]')).toEqual([true, 'kept'])
  })

  it('by a wait', async () => {
    const values: unknown[] = []
    const out = new Channel<Channel<unknown>>()
    ;(() => {
      const channel = new Channel<unknown>()
      out.trySend(channel)
      void Channel.select([channel, new Channel<unknown>()]).then(({ value }) => values.push(value))
    })()
    for (let round = 0; round < 5; round++) {
      gc?.()
      await turn()
    }
    const channel = await out.receive()
    await channel.send('came', { until: 'received' })
    while (values.length === 0) await turn()
    expect(values).toEqual(['came'])
  })
})
