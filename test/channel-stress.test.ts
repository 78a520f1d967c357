import { describe, expect, it } from 'vitest'
import { Channel, Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { Random, seed } from './helpers/random.js'
import { patience, turn } from './helpers/until.js'

// L188, Q270, Q271: each sender's items come in its order, each once, whoever gives up meanwhile.
describe(`many senders and receivers (seed ${seed})`, () => {
  it.each([
    ['without a limit', {}],
    ['one at a time', { capacity: 1 }],
    ['with some room', { capacity: 7, maxBytes: 4000 }],
  ])('%s lose nothing and double nothing', { timeout: 4 * patience }, async (_name, options) => {
    const channel = new Channel<[sender: number, n: number]>(options)
    const results = new Channel<[sent: number, received: [number, number][]]>()
    const items = 400
    // Waits in every way, and gives up as often as not.
    const sender = (id: number, start: number): string => `
      let state = ${start}, given = 0
      const below = (limit) => { state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff; return (state >> 8) % limit }
      for (let n = 0; n < ${items}; ) {
        const item = [${id}, n], timeout = 0.05 + below(20) / 20
        try {
          switch (below(5)) {
            case 0: if (!channel.trySend(item)) { await null; continue } break
            case 1: await channel.send(item, { timeout }); break
            case 2: channel.sendSync(item, { timeout }); break
            case 3: await channel.send(item, { timeout, until: 'received' }); break
            default: await channel.send(item)
          }
          n++
        } catch (error) { if (error.code !== 'ERR_TIMEOUT') throw error; given++ }
      }
      given`
    const receiver = (start: number): string => `
      let state = ${start}
      const below = (limit) => { state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff; return (state >> 8) % limit }
      const received = [], other = new isolates.Channel()
      for (;;) {
        const timeout = 0.05 + below(20) / 20
        try {
          switch (below(5)) {
            case 0: { const item = channel.tryReceive(); if (item) received.push(item); else await null; break }
            case 1: received.push(await channel.receive({ timeout })); break
            case 2: received.push(channel.receiveSync({ timeout })); break
            case 3: received.push((await isolates.Channel.select([other, channel], { timeout })).value); break
            default: received.push(await channel.receive())
          }
        } catch (error) { if (error.code === 'ERR_CHANNEL_CLOSED') break; if (error.code !== 'ERR_TIMEOUT') throw error }
      }
      results.trySend(received)`
    const random = new Random(seed)
    const isolates = Array.from({ length: 6 }, () => new Isolate({ globals: { channel, results } }))
    const senders = isolates.slice(0, 3).map((isolate, id) => isolate.run(sender(id, random.below(1e9))))
    const receivers = isolates.slice(3).map((isolate) => isolate.run(receiver(random.below(1e9))))
    await Promise.all(senders)
    channel.close()
    await Promise.all(receivers)
    const all: [number, number][][] = []
    while (results.size > 0) all.push(results.tryReceive() as never)
    expect(all.length).toBe(3)
    // Within one receiver, each sender's items are in order; over all of them, each is there once.
    for (const received of all) {
      for (const id of [0, 1, 2]) {
        const own = received.filter(([from]) => from === id).map(([, n]) => n)
        expect(own).toEqual([...own].sort((a, b) => a - b))
      }
    }
    for (const id of [0, 1, 2]) {
      const own = all
        .flat()
        .filter(([from]) => from === id)
        .map(([, n]) => n)
      expect(own.sort((a, b) => a - b)).toEqual(Array.from({ length: items }, (_, n) => n))
    }
    expect(channel.stats()).toMatchObject({ sent: 3 * items, received: 3 * items, queued: 0, bytes: 0 })
    for (const isolate of isolates) isolate.terminate()
  })
})

// M219
it(`behaves as its model, whatever is done to it (seed ${seed})`, async () => {
  const random = new Random(seed)
  for (let round = 0; round < 60; round++) {
    const capacity = 1 + random.below(4)
    const channel = new Channel<number>({ capacity })
    const model = {
      queue: [] as number[],
      senders: [] as number[],
      receivers: 0,
      sent: 0,
      received: 0,
      dropped: 0,
      closed: false,
    }
    const received: number[] = []
    const expected: number[] = []
    const failures: string[] = []
    let refused = 0
    let next = 0
    const admit = (): void => {
      while (model.senders.length > 0 && model.queue.length < capacity) {
        model.queue.push(model.senders.shift() as number)
        model.sent++
      }
    }
    for (let step = 0; step < 40; step++) {
      const item = next++
      switch (random.below(round % 3 === 0 ? 21 : 20)) {
        case 20:
          channel.close()
          if (!model.closed) refused += model.senders.length + model.receivers
          model.senders.length = 0
          model.receivers = 0
          model.closed = true
          break
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
          if (model.closed) {
            expect(await failure(() => channel.trySend(item))).toMatchObject({ code: 'ERR_CHANNEL_CLOSED' })
          } else if (model.receivers > 0) {
            expect(channel.trySend(item)).toBe(true)
            model.receivers--
            model.sent++
            model.received++
            expected.push(item)
          } else {
            const fits = model.queue.length < capacity && model.senders.length === 0
            expect(channel.trySend(item)).toBe(fits)
            if (fits) {
              model.queue.push(item)
              model.sent++
            }
          }
          break
        case 5:
        case 6:
        case 7:
        case 8:
        case 9:
        case 10:
          channel.send(item).catch((error) => failures.push(error.code))
          if (model.closed) {
            refused++
          } else if (model.receivers > 0) {
            model.receivers--
            model.sent++
            model.received++
            expected.push(item)
          } else {
            model.senders.push(item)
            admit()
          }
          break
        default:
          channel.receive().then(
            (value) => received.push(value),
            (error) => failures.push(error.code),
          )
          if (model.queue.length > 0) {
            expected.push(model.queue.shift() as number)
            model.received++
            admit()
          } else if (model.closed) {
            refused++
          } else {
            model.receivers++
          }
      }
      expect(channel.stats()).toMatchObject({
        sent: model.sent,
        received: model.received,
        queued: model.queue.length,
        waitingSenders: model.senders.length,
        waitingReceivers: model.receivers,
      })
    }
    channel.close({ drop: true })
    refused += model.senders.length + model.receivers
    // What was delivered to promises arrives with the loop.
    while (received.length < expected.length || failures.length < refused) await turn()
    expect(received.sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b))
    expect(failures).toEqual(Array(refused).fill('ERR_CHANNEL_CLOSED'))
  }
})
