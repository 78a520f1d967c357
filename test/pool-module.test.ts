import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Pool } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'

let folder: string
let pool: Pool | undefined

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'isolates-pool-'))
  writeFileSync(
    join(folder, 'tasks.mjs'),
    `import { twice } from './helper.mjs'
    let state = 0
    export function start(value) { state = value }
    export const double = (n) => twice(n)
    export default (...args) => args.length
    export function next() { return ++state }
    export const constant = 42
    export async function fail(code) { throw Object.assign(new RangeError('no'), { code }) }`,
  )
  writeFileSync(join(folder, 'helper.mjs'), 'export const twice = (n) => 2 * n')
  writeFileSync(join(folder, 'typed.ts'), 'export const add = (a: number, b: number): number => a + b')
  writeFileSync(join(folder, 'broken.mjs'), "throw new SyntaxError('bad module')")
})
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(async () => {
  await pool?.terminate()
  pool = undefined
})

describe('a pool of isolates with all of Node', () => {
  it('does tasks that use it, in several at once', async () => {
    pool = new Pool({ size: 2, runtime: 'node' })
    const read = (path: string): string => {
      const { readFileSync } = require('node:fs') as typeof import('node:fs')
      return readFileSync(path, 'utf8')
    }
    const path = join(folder, 'helper.mjs')
    const results = await Promise.all(Array.from({ length: 20 }, () => pool?.run(read, [path])))
    expect(new Set(results)).toEqual(new Set(['export const twice = (n) => 2 * n']))
    expect(pool.stats).toMatchObject({ completed: 20, failed: 0, running: 0, queued: 0 })
  })

  it('has a module, time limits and tasks that can be aborted', async () => {
    pool = new Pool({ size: 1, runtime: 'node', module: join(folder, 'tasks.mjs') })
    expect(await pool.run('double', [21])).toBe(42)
    const endless = (): void => {
      for (;;);
    }
    expect(await failure(pool.run(endless, [], { timeout: 50 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    const controller = new AbortController()
    const task = failure(pool.run(endless, [], { signal: controller.signal }))
    controller.abort('enough')
    expect(await task).toBe('enough')
    expect(await pool.run('double', [2])).toBe(4)
    expect(pool.stats.replaced).toBe(0)
  })

  it('replaces one that ends, and settles its task', async () => {
    pool = new Pool({ size: 1, runtime: 'node' })
    expect(await failure(pool.run(() => process.exit(3)))).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
    expect(await pool.run(() => process.version)).toBe(process.version)
    const count = (): number => {
      const global = globalThis as unknown as { count?: number }
      global.count = (global.count ?? 0) + 1
      return global.count
    }
    await pool.terminate()
    pool = new Pool({ size: 1, runtime: 'node', recycleAfter: 2 })
    const counts: number[] = []
    for (let index = 0; index < 4; index++) counts.push(await pool.run(count))
    expect(counts).toEqual([1, 2, 1, 2])
  })
})

describe("a pool's module", () => {
  it('gives its exports to tasks that name them', async () => {
    pool = new Pool({ size: 2, module: join(folder, 'tasks.mjs') })
    expect(await pool.run('double', [21])).toBe(42)
    expect(await pool.run('default', [1, 2, 3])).toBe(3)
    expect(await pool.run('double', [4])).toBe(8)
  })

  it('may be a URL', async () => {
    pool = new Pool({ size: 1, module: pathToFileURL(join(folder, 'tasks.mjs')) })
    expect(await pool.run('double', [1])).toBe(2)
  })

  it('may be in TypeScript', async () => {
    pool = new Pool({ size: 1, module: join(folder, 'typed.ts') })
    expect(await pool.run('add', [1, 2])).toBe(3)
  })

  it('may be a text', async () => {
    pool = new Pool({ size: 1, module: 'app', modules: { sources: { app: 'export const three = () => 3' } } })
    expect(await pool.run('three')).toBe(3)
  })

  it('may be another for one task', async () => {
    pool = new Pool({ size: 1, module: join(folder, 'tasks.mjs') })
    expect(await pool.run('twice', [5], { module: join(folder, 'helper.mjs') })).toBe(10)
  })

  it('keeps its state, and is made ready by an export', async () => {
    pool = new Pool({ size: 1, module: join(folder, 'tasks.mjs'), initialize: 'start', initializeArgs: [10] })
    expect(await pool.run('next')).toBe(11)
    expect(await pool.run('next')).toBe(12)
  })

  it('is mapped over by the name of an export', async () => {
    pool = new Pool({ size: 2, module: join(folder, 'tasks.mjs') })
    const results: unknown[] = []
    for await (const result of pool.map([1, 2, 3], 'double')) results.push(result)
    expect(results).toEqual([2, 4, 6])
  })

  it('says what it exports where a name is wrong', async () => {
    pool = new Pool({ size: 1, module: join(folder, 'tasks.mjs') })
    for (const name of ['triple', 'constant']) {
      const error = await failure(pool.run(name))
      expect(error.name).toBe('TypeError')
      expect(error.message).toBe(
        `${name} is no function that ./tasks.mjs exports; it exports default, double, fail, next, start`,
      )
    }
  })

  it('gives the errors of its functions, with places in its file', async () => {
    pool = new Pool({ size: 1, module: join(folder, 'tasks.mjs') })
    const error = await failure(pool.run('fail', ['E_NO']))
    expect(error).toMatchObject({ name: 'RangeError', message: 'no', code: 'E_NO' })
    expect(error.stack).toContain('tasks.mjs:8:')
  })

  it('breaks the pool when it cannot be evaluated', async () => {
    pool = new Pool({ size: 1, module: join(folder, 'broken.mjs') })
    expect(await failure(pool.run('any'))).toMatchObject({ code: 'ERR_POOL_BROKEN', cause: { message: 'bad module' } })
  })

  it('is a file that exists', () => {
    expect(() => new Pool({ module: join(folder, 'missing.mjs') })).toThrow(/a file that exists/)
  })
})
