import { afterEach, describe, expect, it } from 'vitest'
import { evaluate, evaluateSettled, Isolate, prewarm, RemoteError } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { until } from './helpers/until.js'

const gone = (): Promise<void> => until(() => Isolate.all().length === 0, 'no isolate is left')

afterEach(() => prewarm(0, { memoryLimit: 32 }))

describe('evaluate', () => {
  it('gives the completion value, also of a promise', async () => {
    expect(await evaluate('6 * 7')).toBe(42)
    expect(await evaluate('const n = await Promise.resolve(20); n + 22')).toBe(42)
    await gone()
  })

  it('gives the code globals, functions of the host and modules', async () => {
    const value = await evaluate("const { half } = await import('math'); half(await twice(n))", {
      globals: { n: 21 },
      expose: { twice: (n: number) => 2 * n },
      modules: { sources: { math: 'export const half = (n) => n / 2' } },
      memoryLimit: 32,
    })
    expect(value).toBe(21)
  })

  it('leaves nothing behind', async () => {
    await evaluate('globalThis.mark = 1; setInterval(() => {}, 1); undefined')
    expect(await evaluate('typeof mark')).toBe('undefined')
    await gone()
  })

  it('keeps to its limits', async () => {
    expect(await failure(evaluate('for (;;);', { timeout: 20 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(await failure(evaluate('const list = []; for (;;) list.push({ a: 1 })', { memoryLimit: 16 }))).toMatchObject(
      { code: 'ERR_MEMORY_LIMIT' },
    )
    await gone()
  })

  it('is given up with its signal', async () => {
    const controller = new AbortController()
    const error = failure(evaluate('for (;;);', { signal: controller.signal }))
    setImmediate(() => controller.abort('enough'))
    expect(await error).toBe('enough')
    await gone()
  })

  it('tells what the code throws, by the name of the file', async () => {
    const error = await failure(evaluate('null.x', { filename: 'snippet.js' }))
    expect(error).toBeInstanceOf(RemoteError)
    expect(error.stack).toContain('snippet.js:1:')
  })

  it('refuses options that do not exist', async () => {
    expect(await failure(evaluate('1', { memory: 1 } as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
    expect(await failure(evaluateSettled('1', { console: 'inherit' } as never))).toMatchObject({
      code: 'ERR_INVALID_OPTION',
    })
    expect(await failure(evaluate(1 as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    await gone()
  })

  it('takes prepared isolates, of its memory limit', async () => {
    await prewarm(2, { memoryLimit: 32 })
    for (let index = 0; index < 8; index++) {
      expect(await evaluate(`typeof mark + ${index}; `, { memoryLimit: 32 })).toBe(`undefined${index}`)
    }
    expect(await failure(evaluate('const list = []; for (;;) list.push({ a: 1 })', { memoryLimit: 32 }))).toMatchObject(
      { code: 'ERR_MEMORY_LIMIT' },
    )
    await gone()
  })
})

describe('evaluateSettled', () => {
  it('gives the value, the output and what it took', async () => {
    const result = await evaluateSettled('console.log("a", 1); console.error("b"); 42', { timeout: 1000 })
    expect(result).toMatchObject({
      status: 'fulfilled',
      value: 42,
      output: [
        { method: 'log', stream: 'stdout', text: 'a 1' },
        { method: 'error', stream: 'stderr', text: 'b' },
      ],
      truncated: false,
    })
    expect(result.stats.heapUsed).toBeGreaterThan(0)
    expect(result.stats.wallMs).toBeGreaterThan(0)
    await gone()
  })

  it('gives the error, and what was printed before it', async () => {
    const result = await evaluateSettled('console.log("before"); throw new TypeError("odd")')
    expect(result).toMatchObject({ status: 'rejected', output: [{ text: 'before' }] })
    expect(result.status === 'rejected' && result.reason).toMatchObject({ name: 'TypeError', message: 'odd' })
  })

  it('keeps only so much output', async () => {
    const result = await evaluateSettled('for (let i = 0; i < 1e4; i++) console.log("x".repeat(100))', {
      maxOutput: 1000,
    })
    expect(result).toMatchObject({ status: 'fulfilled', truncated: true })
    const length = result.output.reduce((sum, { text }) => sum + text.length, 0)
    expect(length).toBeLessThanOrEqual(1000)
    expect(length).toBeGreaterThan(900)
  })
})
