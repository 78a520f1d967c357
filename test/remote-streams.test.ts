import { describe, expect, it } from 'vitest'
import { Isolate, RemoteStream } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { until } from './helpers/until.js'

describe('a stream of the host', () => {
  function counting(): {
    made: number[]
    ended: string[]
    count: (to: number) => AsyncGenerator<number, string, unknown>
  } {
    const made: number[] = []
    const ended: string[] = []
    async function* count(to: number): AsyncGenerator<number, string, unknown> {
      try {
        for (let i = 0; i < to; i++) {
          made.push(i)
          yield i
        }
        return 'all'
      } finally {
        ended.push('finally')
      }
    }
    return { made, ended, count }
  }

  it('is iterated over by a guest', async () => {
    const { count, ended } = counting()
    await using isolate = new Isolate({ expose: { count } })
    expect(
      await isolate.run(
        '(async () => { const got = []; for await (const n of await count(5)) got.push(n); return got })()',
      ),
    ).toEqual([0, 1, 2, 3, 4])
    expect(ended).toEqual(['finally'])
  })

  it('is made step by step, as the guest asks', async () => {
    const { count, made } = counting()
    await using isolate = new Isolate({ expose: { count } })
    await isolate.run('globalThis.stream = undefined; count(1000).then((s) => { stream = s }).then(() => 0)')
    expect(made).toEqual([])
    expect(await isolate.run('stream.next()')).toEqual({ done: false, value: 0 })
    expect(await isolate.run('stream.next()')).toEqual({ done: false, value: 1 })
    expect(made).toEqual([0, 1])
    expect(await isolate.run('stream.return("left").then((r) => JSON.stringify(r))')).toBe(
      '{"done":true,"value":"left"}',
    )
    expect(await isolate.run('stream.next().then((r) => r.done)')).toBe(true)
  })

  it('ends when the guest leaves its loop', async () => {
    const { count, ended, made } = counting()
    await using isolate = new Isolate({ expose: { count } })
    await isolate.run('(async () => { for await (const n of await count(1000)) if (n === 2) break })()')
    expect([made, ended]).toEqual([[0, 1, 2], ['finally']])
  })

  it('ends when the guest has collected it', async () => {
    const { count, ended } = counting()
    await using isolate = new Isolate({ expose: { count } })
    await isolate.run('(async () => { const stream = await count(1000); await stream.next() })()')
    await until(() => {
      isolate.runSync('for (let i = 0; i < 300; i++) new Array(10000).fill(i)')
      return ended.length === 1
    }, 'the end')
  })

  it('ends with the isolate', async () => {
    const { count, ended } = counting()
    const isolate = new Isolate({ expose: { count } })
    await isolate.run('count(1000).then(async (s) => { globalThis.stream = s; await s.next(); return 0 })')
    isolate.terminate()
    await until(() => ended.length === 1, 'the end')
  })

  it('gives steps in order, also when many are asked for at once', async () => {
    const { count } = counting()
    await using isolate = new Isolate({ expose: { count } })
    const source =
      '(async () => { const s = await count(4); return Promise.all([s.next(), s.next(), s.next(), s.next(), s.next(), s.next()]) })()'
    expect(await isolate.run(source)).toEqual([
      ...[0, 1, 2, 3].map((value) => ({ done: false, value })),
      { done: true, value: 'all' },
      { done: true, value: undefined },
    ])
  })

  it('takes values and errors', async () => {
    const log: unknown[] = []
    async function* talk(): AsyncGenerator<unknown, unknown, unknown> {
      try {
        log.push(yield 1)
        yield 2
      } catch (error) {
        log.push((error as Error).message)
        yield 'caught'
      }
      return 'end'
    }
    await using isolate = new Isolate({ expose: { talk } })
    const source =
      '(async () => { const s = await talk(); return [await s.next(), await s.next("given"), await s.throw(new Error("thrown")), await s.next()].map((r) => r.value) })()'
    expect(await isolate.run(source)).toEqual([1, 2, 'caught', 'end'])
    expect(log).toEqual(['given', 'thrown'])
  })

  it('that throws rejects, and is over', async () => {
    async function* fail(): AsyncGenerator<number> {
      yield 1
      throw new RangeError('no more')
    }
    await using isolate = new Isolate({ expose: { fail } })
    const source =
      '(async () => { const s = await fail(); await s.next(); const e = await s.next().catch((e) => e); return [e.name, e.message, (await s.next()).done] })()'
    expect(await isolate.run(source)).toEqual(['RangeError', 'no more', true])
  })

  it('may be any asynchronous iterable, a readable stream too', async () => {
    const readable = (): ReadableStream<number> =>
      new ReadableStream({
        start(controller) {
          for (let i = 0; i < 3; i++) controller.enqueue(i)
          controller.close()
        },
      })
    await using isolate = new Isolate({ expose: { readable } })
    expect(
      await isolate.run(
        '(async () => { const got = []; for await (const n of await readable()) got.push(n); return got })()',
      ),
    ).toEqual([0, 1, 2])
  })

  it('may come from a function that blocks', async () => {
    const { count } = counting()
    await using isolate = new Isolate({ expose: { count: { sync: count } } })
    expect(
      await isolate.run('(async () => { const got = []; for await (const n of count(3)) got.push(n); return got })()'),
    ).toEqual([0, 1, 2])
  })
})

describe('a stream of a guest', () => {
  const source = `globalThis.made = []; globalThis.ended = 0;
    async function* count(to) { try { for (let i = 0; i < to; i++) { made.push(i); yield i } return 'all' } finally { ended++ } }
    count`

  it('is iterated over by the host', async () => {
    await using isolate = new Isolate()
    using count = await isolate.ref(source)
    const stream = await count.call<RemoteStream<number>>([4])
    expect(stream).toBeInstanceOf(RemoteStream)
    const got: number[] = []
    for await (const n of stream) got.push(n)
    expect(got).toEqual([0, 1, 2, 3])
    expect(await isolate.get('ended')).toBe(1)
  })

  it('is made step by step, as the host asks', async () => {
    await using isolate = new Isolate()
    using count = await isolate.ref(source)
    const stream = await count.call<RemoteStream<number>>([1000])
    expect(await isolate.get('made')).toEqual([])
    expect(await stream.next()).toEqual({ done: false, value: 0 })
    expect(await isolate.get('made')).toEqual([0])
    expect(await stream.return('left')).toEqual({ done: true, value: 'left' })
    expect(await isolate.get('ended')).toBe(1)
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  it('ends when the host leaves its loop', async () => {
    await using isolate = new Isolate()
    using count = await isolate.ref(source)
    for await (const n of await count.call<RemoteStream<number>>([1000])) if (n === 2) break
    expect([await isolate.get('made'), await isolate.get('ended')]).toEqual([[0, 1, 2], 1])
  })

  it.each<[string, string]>([
    ['a generator', '(function* () { yield 1; yield Promise.resolve(2) })'],
    ['an object with the method', '(() => ({ async *[Symbol.asyncIterator]() { yield 1; yield 2 } }))'],
    [
      'an iterator without return',
      '(() => { let i = 0; return { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: i === 2, value: ++i }) }) } })',
    ],
  ])('may be %s', async (_kind, text) => {
    await using isolate = new Isolate()
    using make = await isolate.ref(text)
    const got: unknown[] = []
    for await (const each of await make.call<RemoteStream>()) got.push(each)
    expect(got).toEqual([1, 2])
  })

  it('is copied where the whole is, like an array', async () => {
    await using isolate = new Isolate()
    using list = await isolate.ref('() => [1, 2]')
    expect(await list.call()).toEqual([1, 2])
  })

  it('that throws rejects, and is over', async () => {
    await using isolate = new Isolate()
    using fail = await isolate.ref('(async function* () { yield 1; throw new RangeError("no more") })')
    const stream = await fail.call<RemoteStream<number>>()
    await stream.next()
    expect(await failure(stream.next())).toMatchObject({ name: 'RangeError', code: 'ERR_REMOTE' })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  it('has limits for each step', async () => {
    await using isolate = new Isolate()
    using endless = await isolate.ref('(async function* () { yield 1; for (;;); })')
    const stream = (await endless.call<RemoteStream<number>>()).withOptions({ timeout: 20 })
    expect(await stream.next()).toEqual({ done: false, value: 1 })
    expect(await failure(stream.next())).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect(await isolate.run('1')).toBe(1)
  })

  it('can be given up by a signal, and is ended then', async () => {
    await using isolate = new Isolate()
    using waits = await isolate.ref(
      'globalThis.left = 0; ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: async () => { left++; return {} } }) })',
    )
    using open = await isolate.ref('(x) => x')
    const controller = new AbortController()
    const stream = (await open.call<RemoteStream>([waits])).withOptions({ signal: controller.signal })
    const step = failure(stream.next())
    controller.abort('enough')
    expect(await step).toBe('enough')
    await until(() => isolate.runSync('left') === 1, 'the end')
  })

  it('refuses options that it does not have', async () => {
    await using isolate = new Isolate()
    using count = await isolate.ref(source)
    const stream = await count.call<RemoteStream<number>>([1])
    expect(() => stream.withOptions({ timeout: -1 })).toThrow(/options\.timeout/)
    expect(() => stream.withOptions({ wrong: 1 } as never)).toThrow(/no option "wrong"/)
  })

  it('dies with its isolate', async () => {
    const isolate = new Isolate()
    const count = await isolate.ref(source)
    const stream = await count.call<RemoteStream<number>>([1000])
    await stream.next()
    isolate.terminate()
    expect(await failure(stream.next())).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
    expect(await stream.return()).toEqual({ done: true, value: undefined })
  })
})
