import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Isolate, type RemoteModule } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'
import { tree } from './helpers/tree.js'

const sources = {
  math: `
    export const pi = 3
    export const table = { squares: [1, 4, 9] }
    export function add(a, b) { return a + b }
    export async function later(value) { await null; return { value } }
    export default function (n) { return -n }
    export class Point { constructor(x) { this.x = x } }
    export const spin = () => { for (;;); }
    export const never = () => new Promise(() => {})
    export const size = (buffer) => buffer.byteLength
    export function fail() { throw new RangeError('no') }
    let calls = 0
    export const count = () => ++calls
  `,
  odd: 'export const fine = 1; export const closure = { go() {} }',
}

interface MathModule {
  pi: number
  table: { squares: number[] }
  add(a: number, b: number): number
  later<T>(value: T): Promise<{ value: T }>
  default(n: number): number
  spin(): void
  never(): Promise<void>
  size(buffer: ArrayBuffer): number
  fail(): void
  count(): number
}

async function math(isolate: Isolate): Promise<RemoteModule<MathModule>> {
  return await isolate.import<MathModule>('math')
}

describe('isolate.import()', () => {
  it('gives functions that run there, and copies of the rest', async () => {
    using isolate = new Isolate({ modules: { sources } })
    const module = await math(isolate)
    expect([module.pi, module.table]).toEqual([3, { squares: [1, 4, 9] }])
    expect(await module.add(20, 22)).toBe(42)
    expect(await module.later(new Map([[1, 2]]))).toEqual({ value: new Map([[1, 2]]) })
    expect(await module.default(5)).toBe(-5)
    expect([await module.count(), await module.count()]).toEqual([1, 2])
    expect(await (await math(isolate)).count()).toBe(3)
    expect(Object.isFrozen(module)).toBe(true)
    expect(module.add.name).toBe('add')
    expect(Object.prototype.toString.call(module)).toBe('[object RemoteModule]')
  })

  it('takes paths and URLs of files of the root', async () => {
    const root = tree({ 'a.mjs': 'export const url = import.meta.url' })
    using isolate = new Isolate({ modules: { root } })
    const url = pathToFileURL(join(root, 'a.mjs'))
    for (const specifier of ['./a.mjs', join(root, 'a.mjs'), url, url.href]) {
      expect((await isolate.import<{ url: string }>(specifier)).url).toBe(url.href)
    }
  })

  it('fails with what the import fails with', async () => {
    using isolate = new Isolate({ modules: { sources: { bad: 'throw new RangeError("x")', wrong: 'let let' } } })
    expect(await failure(isolate.import('none'))).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
    expect(await failure(isolate.import('bad'))).toMatchObject({ name: 'RangeError', message: 'x' })
    expect(await failure(isolate.import('wrong'))).toMatchObject({ name: 'SyntaxError' })
    expect(thrown(() => isolate.import(5 as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => isolate.import('x', { timeout: 0 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(thrown(() => isolate.import('x', { filename: 'x' } as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })

  it('has limits for each call', async () => {
    using isolate = new Isolate({ modules: { sources } })
    const module = await math(isolate)
    expect(await failure(module.spin.withOptions({ timeout: 50 })())).toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(await failure(module.never.withOptions({ timeout: 50 })())).toMatchObject({ code: 'ERR_TIMEOUT' })
    const controller = new AbortController()
    const given = failure(module.spin.withOptions({ signal: controller.signal })())
    controller.abort(new Error('enough'))
    expect((await given).message).toBe('enough')
    const buffer = new ArrayBuffer(8)
    expect(await module.size.withOptions({ transfer: [buffer] })(buffer)).toBe(8)
    expect(buffer.byteLength).toBe(0)
    expect(thrown(() => module.add.withOptions({ wrong: 1 } as never)(1, 2))).toMatchObject({
      code: 'ERR_INVALID_OPTION',
    })
    expect(await module.add(1, 2)).toBe(3)
  })

  it('tells what cannot be copied only to who reads it', async () => {
    using isolate = new Isolate({ modules: { sources } })
    const module = await isolate.import('odd')
    expect(module['fine']).toBe(1)
    expect(Object.keys(module).sort()).toEqual(['closure', 'fine'])
    expect(thrown(() => module['closure'])).toMatchObject({ code: 'ERR_NOT_SHAREABLE' })
  })

  it('shows where a function of the module failed', async () => {
    using isolate = new Isolate({ modules: { sources } })
    const module = await math(isolate)
    const error = await failure(module.fail())
    expect(error.stack).toMatch(/^RangeError: no\n {4}at (?:Module\.)?fail \(memory:\/\/\/math:11:\d+\)\n/)
    expect(error.stack).toContain(`    at ${isolate.name} (isolate boundary)`)
  })

  it('streams what its generators yield, no faster than it is taken', async () => {
    const made = `
      globalThis.made = 0; globalThis.ended = 0
      export async function* count(to) { try { for (let i = 0; i < to; i++) { globalThis.made++; yield i } } finally { globalThis.ended++ } }
      export function* plain() { yield 'a'; yield 'b' }
    `
    interface Streams {
      count(to: number): AsyncGenerator<number>
      plain(): Generator<string>
    }
    using isolate = new Isolate({ modules: { sources: { made } } })
    const module = await isolate.import<Streams>('made')
    const seen: number[] = []
    for await (const number of module.count(1e9)) {
      seen.push(number)
      if (number === 4) break
    }
    expect(seen).toEqual([0, 1, 2, 3, 4])
    expect([await isolate.get('made'), await isolate.get('ended')]).toEqual([5, 1])
    const letters: string[] = []
    for await (const letter of await module.plain()) letters.push(letter)
    expect(letters).toEqual(['a', 'b'])
  })
})
