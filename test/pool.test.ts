import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, describe, expect, it } from 'vitest'
import { child, report } from './helpers/child.js'
import {
  Isolate,
  IsolateClosedError,
  MemoryLimitError,
  Pool,
  PoolError,
  type PoolOptions,
  RemoteError,
  TimeoutError,
} from './helpers/isolates.js'
import { failure, outcome } from './helpers/outcome.js'
import { until } from './helpers/until.js'

let pools: Pool[] = []

function open(options?: PoolOptions): Pool {
  const pool = new Pool(options)
  pools.push(pool)
  return pool
}

afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.terminate()))
  pools = []
})

/** A task that blocks its isolate until the flag is set, and says that it has begun. */
const block = (flag: Int32Array, begun: Int32Array): void => {
  Atomics.add(begun, 0, 1)
  while (Atomics.load(flag, 0) === 0) {}
}
const word = (): Int32Array => new Int32Array(new SharedArrayBuffer(4))
const release = (flag: Int32Array): void => void Atomics.store(flag, 0, 1)
const started = (begun: Int32Array, count = 1): Promise<void> =>
  until(() => Atomics.load(begun, 0) >= count, `${count} tasks have begun`)

describe('pool.run', () => {
  it('has the limits of isolates', async () => {
    const pool = open({ size: 1, cpuTimeout: 20, maxMessageSize: 10_000, maxSourceSize: 100 })
    const endless = (): void => {
      for (;;);
    }
    expect(await failure(pool.run(endless))).toMatchObject({ code: 'ERR_CPU_TIMEOUT' })
    expect(await failure(pool.run(endless, [], { cpuTimeout: 10 }))).toMatchObject({
      message: expect.stringContaining('cpuTimeout of 10 ms'),
    })
    expect(await failure(pool.run((text: string) => text.length, ['x'.repeat(20_000)]))).toMatchObject({
      code: 'ERR_MESSAGE_TOO_BIG',
    })
    expect(() => pool.run(new Function(`/*${'x'.repeat(100)}*/`) as () => void)).toThrow(
      expect.objectContaining({ code: 'ERR_SOURCE_TOO_BIG' }),
    )
    expect(await pool.run((a: number) => a + 1, [41])).toBe(42)
    const node = open({ size: 1, runtime: 'node' })
    expect(() => node.run(() => 1, [], { cpuTimeout: 10 })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
    )
    expect(() => new Pool({ runtime: 'node', cpuTimeout: 10 })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
    )
  })

  it('gives what a function returns, also by a promise', async () => {
    const pool = open({ size: 2 })
    expect(await pool.run((a, b) => a + b, [20, 22])).toBe(42)
    expect(await pool.run(async (text: string) => text.toUpperCase(), ['abc'])).toBe('ABC')
    expect(await pool.run(() => {})).toBeUndefined()
  })

  it('carries values of every kind to whichever isolate is free', async () => {
    const pool = open({ size: 3 })
    const values = [
      { text: 'x'.repeat(5000), list: [1, 'two', { three: 3n }], nothing: null },
      new Map([['key', new Set([1, 2])]]),
      new Date(0),
      /x+/g,
      new Float64Array([1.5, 2.5]),
      [undefined, Number.NaN, -0],
      'é€😀',
    ]
    for (let round = 0; round < 5; round++) {
      const results = await Promise.all(values.map((value) => pool.run((same: unknown) => same, [value])))
      expect(results).toEqual(values)
    }
  })

  it('refuses what is no task', () => {
    const pool = open({ size: 1 })
    expect(() => pool.run(42 as never)).toThrow(TypeError)
    expect(() => pool.run('name')).toThrow(/option module/)
    expect(() => pool.run(() => {}, 1 as never)).toThrow(TypeError)
    expect(() => pool.run(() => {}, [], { priority: 0.5 })).toThrow(RangeError)
    expect(() => pool.run(() => {}, [], { unknown: 1 } as never)).toThrow(/no option "unknown"/)
    expect(pool.pending).toBe(0)
  })

  it('works in several isolates at once', async () => {
    const pool = open({ size: 3 })
    const [flag, begun] = [word(), word()]
    const tasks = [1, 2, 3].map(() => pool.run(block, [flag, begun]))
    await started(begun, 3)
    expect(pool.stats).toMatchObject({ isolates: 3, running: 3, queued: 0 })
    release(flag)
    await Promise.all(tasks)
  })

  it('makes isolates when they are needed, and uses idle ones again', async () => {
    const pool = open({ size: { max: 4 } })
    expect(pool.stats.isolates).toBe(0)
    for (let index = 0; index < 3; index++) await pool.run(() => {})
    expect(pool.stats.isolates).toBe(1)
  })

  it('does many blocked tasks with few isolates', async () => {
    const pool = open({ size: 4 })
    const [flag, begun] = [word(), word()]
    const tasks = Array.from({ length: 60 }, () => pool.run(block, [flag, begun]))
    await started(begun, 4)
    expect(pool.stats).toMatchObject({ isolates: 4, running: 4, queued: 56 })
    release(flag)
    await Promise.all(tasks)
    expect(pool.stats).toMatchObject({ completed: 60, failed: 0, running: 0, queued: 0 })
  })

  it('never lets a task wait behind another while an isolate is free', async () => {
    const pool = open({ size: 2 })
    const [flag, begun] = [word(), word()]
    for (let index = 0; index < 100; index++) await pool.run(() => {})
    const long = pool.run(block, [flag, begun])
    await started(begun)
    expect(await Promise.all(Array.from({ length: 50 }, (_, index) => pool.run((n) => n, [index])))).toHaveLength(50)
    release(flag)
    await long
  })

  it('takes those of higher priority first, and equal ones in order', async () => {
    const pool = open({ size: 1 })
    const [flag, begun] = [word(), word()]
    const first = pool.run(block, [flag, begun])
    await started(begun)
    const order: string[] = []
    const tasks = (
      [
        ['a', 0],
        ['b', 0],
        ['low', -5],
        ['high', 7],
        ['c', 0],
        ['high too', 7],
      ] as const
    ).map(async ([name, priority]) => order.push(await pool.run((text) => text, [name], { priority })))
    release(flag)
    await Promise.all([first, ...tasks])
    expect(order).toEqual(['high', 'high too', 'a', 'b', 'c', 'low'])
  })

  it('refuses tasks beyond maxQueue', async () => {
    const pool = open({ size: 1, maxQueue: 2 })
    const [flag, begun] = [word(), word()]
    const tasks = [1, 2, 3].map(() => pool.run(block, [flag, begun]))
    const error = await failure(pool.run(() => {}))
    expect(error).toBeInstanceOf(PoolError)
    expect(error.code).toBe('ERR_POOL_FULL')
    release(flag)
    await Promise.all(tasks)
    expect(await pool.run(() => 1)).toBe(1)
  })

  it('moves what is to be transferred', async () => {
    const pool = open({ size: 1 })
    const buffer = new Uint8Array([1, 2, 3]).buffer
    expect(await pool.run((bytes: ArrayBuffer) => bytes.byteLength, [buffer], { transfer: [buffer] })).toBe(3)
    expect(buffer.byteLength).toBe(0)
  })

  it('counts a timeout from when the task begins', async () => {
    const pool = open({ size: 1 })
    const [flag, begun] = [word(), word()]
    const first = pool.run(block, [flag, begun])
    await started(begun)
    const second = pool.run(() => 'in time', [], { timeout: 100 })
    await new Promise((resolve) => setTimeout(resolve, 200))
    release(flag)
    expect(await second).toBe('in time')
    await first
  })

  it('stops what takes too long, and keeps the isolate', async () => {
    const pool = open({ size: 1, timeout: 30 })
    const error = await failure(
      pool.run(() => {
        for (;;);
      }),
    )
    expect(error).toBeInstanceOf(TimeoutError)
    expect(await pool.run(() => 1)).toBe(1)
    expect(pool.stats).toMatchObject({ replaced: 0, failed: 1, completed: 1 })
  })

  it('has tasks that wait share an isolate where that is wanted', async () => {
    let letGo: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const pool = open({ size: 1, tasksPerIsolate: 3, expose: { gate: () => gate } })
    const tasks = Array.from({ length: 5 }, () =>
      pool.run(() => (globalThis as unknown as { gate(): Promise<void> }).gate()),
    )
    await until(() => pool.stats.running === 3, 'three tasks are under way')
    expect(pool.stats.queued).toBe(2)
    letGo()
    await Promise.all(tasks)
    expect(pool.stats.isolates).toBe(1)
  })

  it('tells progress before the result, in the context of its caller', async () => {
    const pool = open({ size: 1 })
    const storage = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const result = await storage.run('mine', () =>
      pool.run(
        (count: number, report: (part: number) => void) => {
          for (let index = 1; index <= count; index++) report(index / count)
          return 'done'
        },
        [2],
        { onProgress: (part) => seen.push([part, storage.getStore()]) },
      ),
    )
    expect(result).toBe('done')
    expect(seen).toEqual([
      [0.5, 'mine'],
      [1, 'mine'],
    ])
  })

  it('calls the functions of its host in the context of its caller', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const pool = open({
      size: 2,
      expose: { deep: { ask: () => storage.getStore() }, now: { sync: () => storage.getStore() } },
      console: ({ text }) => seen.push([text, storage.getStore()]),
    })
    const task = async (name: string): Promise<unknown[]> => {
      const global = globalThis as unknown as { deep: { ask(): Promise<unknown> }; now(): unknown }
      console.log(name)
      return [global.now(), await global.deep.ask()]
    }
    const names = ['a', 'b', 'c', 'd']
    const results = await Promise.all(names.map((name) => storage.run(name, () => pool.run(task, [name]))))
    expect(results).toEqual(names.map((name) => [name, name]))
    expect(seen.toSorted()).toEqual(names.map((name) => [name, name]))
  })

  it('keeps the context of its caller', async () => {
    const pool = open({ size: 2 })
    const storage = new AsyncLocalStorage<number>()
    const contexts = await Promise.all(
      [1, 2, 3, 4].map((number) =>
        storage.run(number, async () => {
          await pool.run(() => {})
          return storage.getStore()
        }),
      ),
    )
    expect(contexts).toEqual([1, 2, 3, 4])
  })
})

describe('errors of tasks', () => {
  it('keep name, message, code, cause, own properties and both stacks', async () => {
    const pool = open({ size: 1 })
    async function caller(): Promise<unknown> {
      return await pool.run(function inside() {
        class CustomError extends Error {
          override name = 'CustomError'
        }
        throw Object.assign(new CustomError('odd', { cause: new TypeError('even') }), { code: 'E_ODD', detail: [1] })
      })
    }
    const error = await failure(caller())
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({ name: 'CustomError', message: 'odd', code: 'E_ODD', detail: [1] })
    expect(error.cause).toBeInstanceOf(TypeError)
    expect(error.stack).toMatch(/at inside.*\n.*isolate boundary\)[\s\S]*at (async )?caller/)
  })

  it('are told also where what was thrown is falsy', async () => {
    const pool = open({ size: 1 })
    for (const nothing of [undefined, null, 0, '', false]) {
      const error = await failure(
        pool.run(
          (value) => {
            throw value
          },
          [nothing],
        ),
      )
      expect(error).toMatchObject({ cause: nothing })
    }
  })

  it('name what cannot cross', async () => {
    const pool = open({ size: 1 })
    expect(await failure(pool.run((value) => value, [{ key: Symbol() }]))).toMatchObject({ path: 'args[0].key' })
    expect(await failure(pool.run(() => ({ key: Symbol() })))).toMatchObject({ path: 'result.key' })
    expect(pool.pending).toBe(0)
    expect(await pool.run(() => 1)).toBe(1)
  })

  it('tell of variables that a function cannot see', async () => {
    const outside = 1
    const pool = open({ size: 1 })
    expect(await failure(pool.run(() => outside))).toMatchObject({ name: 'ReferenceError' })
  })
})

describe('an aborted task', () => {
  it('leaves the queue at once', async () => {
    const pool = open({ size: 1 })
    const [flag, begun] = [word(), word()]
    const first = pool.run(block, [flag, begun])
    await started(begun)
    const controller = new AbortController()
    const second = outcome(pool.run(block, [flag, begun], { signal: controller.signal }))
    expect(pool.stats.queued).toBe(1)
    controller.abort('enough')
    expect(pool.stats.queued).toBe(0)
    expect(await second).toEqual({ status: 'rejected', reason: 'enough' })
    release(flag)
    await first
    expect(Atomics.load(begun, 0)).toBe(1)
  })

  it('is stopped, and its isolate goes on', async () => {
    const pool = open({ size: 1 })
    const begun = word()
    const controller = new AbortController()
    const task = outcome(pool.run(block, [word(), begun], { signal: controller.signal }))
    await started(begun)
    controller.abort()
    expect(await task).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } })
    expect(await pool.run(() => 'next')).toBe('next')
    expect(pool.stats.replaced).toBe(0)
  })

  it('is stopped while it waits for a promise', async () => {
    const pool = open({ size: 1 })
    const controller = new AbortController()
    const task = outcome(pool.run(() => new Promise(() => {}), [], { signal: controller.signal }))
    await until(() => pool.stats.running === 1, 'the task has begun')
    controller.abort()
    expect(await task).toMatchObject({ status: 'rejected' })
    expect(await pool.run(() => 'next')).toBe('next')
  })

  it('takes no other along when it was refused', async () => {
    const pool = open({ size: 1, maxQueue: 0 })
    const [flag, begun] = [word(), word()]
    const running = pool.run(block, [flag, begun], { signal: new AbortController().signal })
    await started(begun)
    const controller = new AbortController()
    const refused = outcome(pool.run(() => 1, [], { signal: controller.signal }))
    controller.abort()
    expect(await refused).toMatchObject({ reason: { code: 'ERR_POOL_FULL' } })
    release(flag)
    await running
  })

  it('is never begun when its signal is aborted already', async () => {
    const pool = open({ size: 1 })
    expect(await failure(pool.run(() => 1, [], { signal: AbortSignal.abort('no') }))).toBe('no')
    expect(pool.pending).toBe(0)
  })

  it('may be any of ten thousand', async () => {
    const pool = open({ size: 1 })
    const [flag, begun] = [word(), word()]
    const first = pool.run(block, [flag, begun])
    await started(begun)
    const controllers = Array.from({ length: 10_000 }, () => new AbortController())
    const tasks = Promise.allSettled(controllers.map(({ signal }, index) => pool.run((n) => n, [index], { signal })))
    for (const [index, controller] of controllers.entries()) if (index % 10 !== 0) controller.abort()
    expect(pool.stats.queued).toBe(1000)
    release(flag)
    await first
    const done = (await tasks).flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(done).toEqual(Array.from({ length: 1000 }, (_, index) => index * 10))
  })
})

describe('an isolate that dies', () => {
  const grow = (): void => {
    const list: unknown[] = []
    for (;;) list.push({ text: 'x'.repeat(10) })
  }

  it('is replaced, its task is told, and the others are untouched', async () => {
    const pool = open({ size: 2, memoryLimit: 16 })
    const others = Array.from({ length: 20 }, (_, index) => pool.run((n) => n, [index]))
    const error = await failure(pool.run(grow))
    expect(error).toBeInstanceOf(MemoryLimitError)
    expect(await Promise.all(others)).toHaveLength(20)
    expect(await pool.run(() => 'alive')).toBe('alive')
    await until(() => pool.stats.replaced === 1, 'it was replaced')
  })

  it('may be any: every task settles when all are terminated in the midst of work', async () => {
    const pool = open({ size: 2 })
    const isolates: Isolate[] = []
    pool.on('spawn', (isolate) => isolates.push(isolate))
    const tasks = Array.from({ length: 300 }, (_, index) =>
      outcome(
        pool.run(
          (n) => {
            let sum = 0
            for (let i = 0; i < 100_000; i++) sum = (sum + i) | 0
            return n + (sum & 0)
          },
          [index],
        ),
      ),
    )
    let ended = 0
    for (const task of tasks) void task.then(() => ++ended)
    for (let round = 1; round <= 5; round++) {
      await until(() => ended >= round * 20, 'some tasks have ended')
      for (const isolate of isolates.filter(({ state }) => state !== 'closed')) isolate.terminate('test')
    }
    const results = await Promise.all(tasks)
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') expect(result.value).toBe(index)
      else expect(result.reason).toBeInstanceOf(IsolateClosedError)
    }
    expect(results.filter(({ status }) => status === 'rejected').length).toBeLessThanOrEqual(10)
  })

  it('has its task begun anew where that is wanted', async () => {
    const pool = open({ size: 1, memoryLimit: 16, expose: { tell: { sync: () => ++begun } } })
    let begun = 0
    const task = (): number => {
      const round = (globalThis as unknown as { tell(): number }).tell()
      if (round < 3) {
        const list: unknown[] = []
        for (;;) list.push({ text: 'x'.repeat(10) })
      }
      return round
    }
    expect(await pool.run(task, [], { retries: 2 })).toBe(3)
    begun = 0
    expect(await failure(pool.run(task, [], { retries: 1 }))).toBeInstanceOf(MemoryLimitError)
    expect(begun).toBe(2)
    expect(pool.pending).toBe(0)
  })

  it('has no task begun anew that throws', async () => {
    const pool = open({ size: 1, retries: 5, expose: { tell: { sync: () => ++begun } } })
    let begun = 0
    const error = await failure(
      pool.run(() => {
        ;(globalThis as unknown as { tell(): number }).tell()
        throw new Error('once')
      }),
    )
    expect(error.message).toBe('once')
    expect(begun).toBe(1)
  })

  it('refuses retries of what has moved', () => {
    const pool = open({ size: 1 })
    const transfer = [new ArrayBuffer(8)]
    expect(() => pool.run((x) => x, [transfer[0]], { retries: 1, transfer })).toThrow(/exclude each other/)
  })
})

describe('the initializer', () => {
  it('is called once in each isolate before its first task, and the host sees nothing of it', async () => {
    const pool = open({
      size: 2,
      initialize: (start: number) => {
        const global = globalThis as unknown as { count: number; initialized?: number }
        global.count = start
        global.initialized = (global.initialized ?? 0) + 1
      },
      initializeArgs: [100],
    })
    const [flag, begun] = [word(), word()]
    const blocked = [1, 2].map(() => pool.run(block, [flag, begun]))
    await started(begun, 2)
    release(flag)
    await Promise.all(blocked)
    const task = (): [number, number] => {
      const global = globalThis as unknown as { count: number; initialized: number }
      global.count += 1
      return [global.count, global.initialized]
    }
    const results = await Promise.all(Array.from({ length: 20 }, () => pool.run(task)))
    for (const [count, initialized] of results) {
      expect(count).toBeGreaterThan(100)
      expect(initialized).toBe(1)
    }
    expect('count' in globalThis).toBe(false)
  })

  it('is waited for when it is asynchronous', async () => {
    const pool = open({
      size: 1,
      initialize: async () => {
        await new Promise((resolve) => setTimeout(resolve, 10))
        ;(globalThis as unknown as { ready: boolean }).ready = true
      },
    })
    expect(await pool.run(() => (globalThis as unknown as { ready?: boolean }).ready)).toBe(true)
  })

  it('breaks the pool when it fails', async () => {
    const pool = open({
      size: 2,
      initialize: () => {
        throw new RangeError('not today')
      },
    })
    const early = await Promise.all([1, 2, 3].map(() => failure(pool.run(() => 1))))
    const late = await failure(pool.run(() => 1))
    for (const error of [...early, late]) {
      expect(error).toBeInstanceOf(PoolError)
      expect(error).toMatchObject({ code: 'ERR_POOL_BROKEN', cause: { name: 'RangeError', message: 'not today' } })
      expect(error.message).toMatch(/cannot be made ready: not today/)
    }
    await until(() => pool.stats.isolates === 0, 'its isolates are gone')
  })

  it('breaks the pool when it does not end in time', async () => {
    const pool = open({
      size: 1,
      initializeTimeout: 30,
      initialize: () => {
        for (;;);
      },
    })
    expect(await failure(pool.run(() => 1))).toMatchObject({ code: 'ERR_POOL_BROKEN', cause: { code: 'ERR_TIMEOUT' } })
  })

  it('is a function that can be sent', () => {
    expect(() => new Pool({ initialize: Math.max })).toThrow(/no source/)
    expect(() => new Pool({ initializeArgs: [1] })).toThrow(/not given/)
  })
})

describe('the size', () => {
  it('is at least 1, and min at most max', () => {
    for (const size of [0, -1, 1.5, Number.NaN, { min: 3, max: 2 }, { min: -1, max: 2 }]) {
      expect(() => new Pool({ size })).toThrow(RangeError)
    }
    expect(() => new Pool({ size: {} as never })).toThrow(TypeError)
  })

  it('shrinks to its minimum when isolates rest', async () => {
    const pool = open({ size: { min: 1, max: 3 }, idleTimeout: 20 })
    const [flag, begun] = [word(), word()]
    const tasks = [1, 2, 3].map(() => pool.run(block, [flag, begun]))
    await started(begun, 3)
    release(flag)
    await Promise.all(tasks)
    expect(pool.stats.isolates).toBe(3)
    await until(() => pool.stats.isolates === 1, 'two were given back')
    expect(await pool.run(() => 1)).toBe(1)
    expect(pool.stats.replaced).toBe(0)
  })

  it('names its isolates', async () => {
    const pool = open({ size: 2, name: 'painter' })
    const name = await pool.run(
      () =>
        (globalThis as unknown as { isolates: { Isolate: { current: { name: string } } } }).isolates.Isolate.current
          .name,
    )
    expect(name).toMatch(/^painter-\d$/)
  })
})

describe('recycleAfter', () => {
  it('gives tasks a new isolate after so many', async () => {
    const pool = open({ size: 1, recycleAfter: 3 })
    const count = (): number => {
      const global = globalThis as unknown as { count?: number }
      global.count = (global.count ?? 0) + 1
      return global.count
    }
    const counts: number[] = []
    for (let index = 0; index < 9; index++) counts.push(await pool.run(count))
    expect(counts).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3])
    expect(await Promise.all(Array.from({ length: 9 }, () => pool.run(count)))).toEqual(counts)
  })

  it('gives tasks a new isolate when the old one holds on to too much', async () => {
    const pool = open({ size: 1, recycleAfter: { bytes: 64 * 2 ** 20 } })
    const keep = (): number => {
      const global = globalThis as unknown as { kept?: Uint8Array[] }
      global.kept ??= []
      global.kept.push(new Uint8Array(40 * 2 ** 20).fill(1))
      return global.kept.length
    }
    const counts: number[] = []
    for (let index = 0; index < 4; index++) counts.push(await pool.run(keep))
    expect(counts).toEqual([1, 2, 1, 2])
  })
})

describe('the end of a pool', () => {
  it('comes after what is queued', async () => {
    const pool = open({ size: 2 })
    const tasks = Array.from({ length: 50 }, (_, index) => pool.run((n) => n, [index]))
    const closed = pool.close()
    expect(await failure(pool.run(() => 1))).toMatchObject({ code: 'ERR_POOL_CLOSED' })
    await closed
    expect(await Promise.all(tasks)).toEqual(Array.from({ length: 50 }, (_, index) => index))
    expect(pool.stats.isolates).toBe(0)
    await pool.close()
  })

  it('comes at once when it is terminated', async () => {
    const pool = open({ size: 1 })
    const begun = word()
    const running = outcome(pool.run(block, [word(), begun]))
    await started(begun)
    const queued = outcome(pool.run(() => 1))
    await pool.terminate('no more')
    expect(await queued).toMatchObject({ reason: { code: 'ERR_POOL_CLOSED', cause: 'no more' } })
    expect(await running).toMatchObject({ reason: { code: 'ERR_ISOLATE_CLOSED', cause: 'no more' } })
    expect(await failure(pool.run(() => 1))).toMatchObject({ code: 'ERR_POOL_CLOSED' })
  })

  it('comes with the block that uses it', async () => {
    let pool: Pool
    let task: Promise<number>
    {
      await using own = new Pool({ size: 1 })
      pool = own
      task = own.run(() => 7)
    }
    expect(await task).toBe(7)
    expect(await failure(pool.run(() => 1))).toMatchObject({ code: 'ERR_POOL_CLOSED' })
    {
      using own = new Pool({ size: 1 })
      pool = own
    }
    expect(await failure(pool.run(() => 1))).toMatchObject({ code: 'ERR_POOL_CLOSED' })
    await until(() => Isolate.all().length === 0, 'its isolates are gone')
  })

  it('does not hang when a task is aborted right before', async () => {
    const pool = open({ size: 1 })
    const controller = new AbortController()
    const task = outcome(pool.run(() => 1, [], { signal: controller.signal }))
    controller.abort()
    await pool.close()
    expect((await task).status).toBe('rejected')
  })

  it('is told by drain() and its event', async () => {
    const pool = open({ size: 2 })
    await pool.drain()
    let drained = 0
    pool.on('drain', () => ++drained)
    const tasks = Array.from({ length: 10 }, () => pool.run(() => {}))
    await pool.drain()
    expect(pool.pending).toBe(0)
    expect(drained).toBe(1)
    await Promise.all(tasks)
  })

  it('lets the process end when its work is done', async () => {
    const { stdout, code } = await child(
      "const { Pool } = require('isolates'); const pool = new Pool({ size: 2 }); for (let i = 0; i < 5; i++) pool.run((n) => n, [i]).then(console.log)",
    )
    expect({ code, lines: stdout.trim().split('\n').sort() }).toEqual({ code: 0, lines: ['0', '1', '2', '3', '4'] })
  })

  it('comes when nobody refers to it, after its tasks', async () => {
    const seen = await report(
      `
      const { Pool, Isolate } = require('isolates')
      const task = (() => new Pool({ size: 2 }).run(() => new Promise((r) => setTimeout(r, 50, 'done'))))()
      ;(async () => {
        for (let i = 0; i < 5; i++) { gc(); await new Promise((r) => setTimeout(r, 5)) }
        const result = await task
        const deadline = Date.now() + 10000
        while (Isolate.all().length > 0 && Date.now() < deadline) { await new Promise((r) => setTimeout(r, 5)); gc() }
        console.log(JSON.stringify([result, Isolate.all().length]))
      })()`,
      { flags: ['--expose-gc'] },
    )
    expect(seen).toEqual(['done', 0])
  })
})

describe('what a pool tells', () => {
  it('is how long tasks wait and run, and how busy its isolates are', async () => {
    const pool = open({ size: 1 })
    const spin = (ms: number): void => {
      const end = Date.now() + ms
      while (Date.now() < end);
    }
    await Promise.all([1, 2, 3].map(() => pool.run(spin, [20])))
    const { waitTime, runTime, utilization, completed } = pool.stats
    expect(completed).toBe(3)
    expect(runTime).toMatchObject({ count: 3 })
    expect(runTime.min).toBeGreaterThan(10)
    expect(runTime.p50).toBeGreaterThan(10)
    expect(waitTime.max).toBeGreaterThan(30)
    expect(utilization).toBeGreaterThan(0)
    expect(utilization).toBeLessThanOrEqual(1)
  })

  it('is which isolates come and go', async () => {
    const pool = open({ size: 1 })
    const events: string[] = []
    pool.on('spawn', () => events.push('spawn')).on('exit', (_, { kind }) => events.push(kind))
    const running = outcome(pool.run(() => new Promise(() => {})))
    await until(() => pool.stats.running === 1, 'it runs')
    for (const isolate of Isolate.all()) isolate.terminate()
    await running
    await until(() => events.includes('spawn'), 'another was made')
    expect(events).toEqual(['terminate', 'spawn'])
  })

  it('is what no task ends with', async () => {
    const pool = open({ size: 1 })
    const seen: unknown[] = []
    pool.on('error', (error, { kind }) => seen.push([error.message, kind]))
    await pool.run(() => {
      setTimeout(() => {
        throw new Error('late')
      }, 1)
    })
    await until(() => seen.length > 0, 'it was told')
    expect(seen).toEqual([['late', 'uncaughtException']])
  })
})
