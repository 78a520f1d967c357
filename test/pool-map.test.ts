import { afterEach, describe, expect, it } from 'vitest'
import { Pool } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { until } from './helpers/until.js'

let pool: Pool

afterEach(() => pool.terminate())

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** Numbers from 0 on, without an end, and what became of them. */
function numbers(): Iterable<number> & { read: number; closed: boolean } {
  const source = {
    read: 0,
    closed: false,
    [Symbol.iterator]: () => ({
      next: () => ({ done: false as const, value: source.read++ }),
      return: () => {
        source.closed = true
        return { done: true as const, value: undefined }
      },
    }),
  }
  return source
}

const square = (n: number): number => n * n
const slowestFirst = (n: number): Promise<number> => new Promise((resolve) => setTimeout(resolve, n === 0 ? 60 : 1, n))

describe('pool.map', () => {
  it('gives the results in order', async () => {
    pool = new Pool({ size: 3 })
    expect(await all(pool.map([0, 1, 2, 3], slowestFirst))).toEqual([0, 1, 2, 3])
  })

  it('gives them as they are ready where that is wanted', async () => {
    pool = new Pool({ size: 3 })
    const results = await all(pool.map([0, 1, 2, 3], slowestFirst, { ordered: false }))
    expect(results.at(-1)).toBe(0)
    expect(results.toSorted()).toEqual([0, 1, 2, 3])
  })

  it('gives nothing for nothing', async () => {
    pool = new Pool({ size: 2 })
    expect(await all(pool.map([], square))).toEqual([])
    expect(pool.stats.isolates).toBe(2)
  })

  it('refuses what cannot be iterated over, and wrong options', () => {
    pool = new Pool({ size: 1 })
    expect(() => pool.map(42 as never, square)).toThrow(/iterable/)
    for (const concurrency of [0, -1, 1.5, '2']) {
      expect(() => pool.map([1], square, { concurrency: concurrency as number })).toThrow()
    }
  })

  it('reads no further ahead than it must, from sources without an end', async () => {
    pool = new Pool({ size: 2 })
    const source = numbers()
    const results: number[] = []
    for await (const result of pool.map(source, square, { concurrency: 3 })) {
      results.push(result)
      expect(source.read).toBeLessThanOrEqual(results.length + 3)
      if (results.length === 10) break
    }
    expect(results).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64, 81])
    expect(source.closed).toBe(true)
  })

  it('reads nothing before somebody asks', async () => {
    pool = new Pool({ size: 2 })
    const source = numbers()
    const mapped = pool.map(source, square)
    expect(source.read).toBe(0)
    expect(await mapped.next()).toEqual({ done: false, value: 0 })
    await mapped.return()
    expect(source.closed).toBe(true)
  })

  it('reads asynchronous sources, and gives results while they keep it waiting', async () => {
    pool = new Pool({ size: 2 })
    let next: (value: number) => void = () => {}
    const mapped = pool.map(
      (async function* () {
        yield 1
        yield 2
        yield await new Promise<number>((resolve) => {
          next = resolve
        })
      })(),
      square,
      { concurrency: 3 },
    )
    expect((await mapped.next()).value).toBe(1)
    expect((await mapped.next()).value).toBe(4)
    const third = mapped.next()
    next(3)
    expect((await third).value).toBe(9)
    expect((await mapped.next()).done).toBe(true)
  })

  it('waits for promises among the items', async () => {
    pool = new Pool({ size: 2 })
    expect(await all(pool.map([Promise.resolve(2), 3], square))).toEqual([4, 9])
  })

  it('throws an error at its place, after the results before it, and stops', async () => {
    pool = new Pool({ size: 2 })
    const source = numbers()
    const results: number[] = []
    const error = await failure(async () => {
      for await (const result of pool.map(source, (n) => {
        if (n === 5) throw new Error('five')
        return n
      })) {
        results.push(result)
      }
    })
    expect(error.message).toBe('five')
    expect(results).toEqual([0, 1, 2, 3, 4])
    expect(source.closed).toBe(true)
    await pool.drain()
    expect(pool.pending).toBe(0)
  })

  it('throws what the source throws, after the results before it', async () => {
    pool = new Pool({ size: 2 })
    const results: number[] = []
    const error = await failure(async () => {
      for await (const result of pool.map(
        (function* () {
          yield 1
          yield 2
          throw new Error('dry')
        })(),
        square,
        { concurrency: 8 },
      )) {
        results.push(result)
      }
    })
    expect(error.message).toBe('dry')
    expect(results).toEqual([1, 4])
  })

  it('stops the tasks when the loop is left', async () => {
    pool = new Pool({ size: 2 })
    const mapped = pool.map([0, 1, 2], (n) => {
      while (n > 0);
      return n
    })
    for await (const result of mapped) {
      expect(result).toBe(0)
      break
    }
    await pool.drain()
    expect(await pool.run(() => 'free')).toBe('free')
    expect(pool.stats.replaced).toBe(0)
  })

  it('ends with its signal, also while it waits for the source', async () => {
    pool = new Pool({ size: 2 })
    const controller = new AbortController()
    const error = failure(
      all(
        pool.map(
          (async function* () {
            yield 1
            await new Promise<void>((resolve) => controller.signal.addEventListener('abort', () => resolve()))
          })(),
          square,
          { signal: controller.signal },
        ),
      ),
    )
    await until(() => pool.stats.completed === 1, 'the first is done')
    controller.abort('enough')
    expect(await error).toBe('enough')
  })

  it('has a time limit for each task', async () => {
    pool = new Pool({ size: 2 })
    const results: number[] = []
    const error = await failure(async () => {
      for await (const result of pool.map(
        [1, 0],
        (n) => {
          while (n === 0);
          return n
        },
        { timeout: 30 },
      )) {
        results.push(result)
      }
    })
    expect(error.code).toBe('ERR_TIMEOUT')
    expect(results).toEqual([1])
  })

  it('gets through a hundred thousand', async () => {
    pool = new Pool({ size: 2 })
    let sum = 0
    let count = 0
    for await (const value of pool.map(
      Array.from({ length: 100_000 }, (_, index) => index),
      (n) => n,
      {
        concurrency: 64,
      },
    )) {
      expect(value).toBe(count++)
      sum += value
    }
    expect(sum).toBe((100_000 * 99_999) / 2)
  })
})
