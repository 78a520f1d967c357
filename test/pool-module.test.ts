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
