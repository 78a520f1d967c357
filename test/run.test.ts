import { describe, expect, it } from 'vitest'
import { Isolate, RemoteError } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'

// F75, F85, F95
describe('completion values', () => {
  it.each<[source: string, value: unknown]>([
    ['', undefined],
    ['// nothing', undefined],
    ['1 + 1', 2],
    ['1; 2; 3', 3],
    ["'use strict'; 5", 5],
    ['var a = 1', undefined],
    ['function f() {}', undefined],
    ["if (true) 'then'; else 'else'", 'then'],
    ['for (let i = 0; i < 3; i++) i * 2', 4],
    ['{ let hidden = 1; hidden + 1 }', 2],
    ['({ a: 1 })', { a: 1 }],
    ["'\\ud83d\\ude00 漢字'", '😀 漢字'],
    ['#!/usr/bin/env node\n5', 5],
    ["'await x'", 'await x'],
    ['var await = 1; await + 1', 2],
    [
      '[1, 2, 3].map((x) => [0, 1].map((y) => x * y))',
      [
        [0, 1],
        [0, 2],
        [0, 3],
      ],
    ],
    ['this === globalThis', true],
    ["eval('1 + 1') + new Function('return 40')()", 42],
  ])('%j', async (source, value) => {
    using isolate = new Isolate()
    expect(await isolate.run(source)).toEqual(value)
  })

  it('of a promise is what it settles with', async () => {
    using isolate = new Isolate()
    expect(await isolate.run('Promise.resolve(Promise.resolve(5))')).toBe(5)
  })

  it('of a promise that rejects is its error', async () => {
    using isolate = new Isolate()
    await expect(isolate.run("Promise.reject(new TypeError('no'))")).rejects.toMatchObject({
      name: 'TypeError',
      message: 'no',
    })
  })

  it('of a promise settled by a later run arrive then', async () => {
    using isolate = new Isolate()
    const first = isolate.run('new Promise((resolve) => { globalThis.settle = resolve })')
    await isolate.run("settle('late')")
    expect(await first).toBe('late')
  })
})

// F84
describe('state kept between runs', () => {
  it.each([
    ['var', 'var kept = 5', 'kept'],
    ['an implicit global', 'kept = 5', 'kept'],
    ['let', 'let kept = 5', 'kept'],
    ['const', 'const kept = 5', 'kept'],
    ['function', 'function kept() { return 5 }', 'kept()'],
    ['class', 'class Kept { value = 5 }', 'new Kept().value'],
    ['a change of let', 'let kept = 4; kept++', 'kept'],
    ['destructuring', 'const { a, b: [kept] } = { a: 1, b: [5] }', 'kept'],
    ['var after top-level await', 'var kept = await 5', 'kept'],
    ['let after top-level await', 'let kept = await 5', 'kept'],
    ['const after top-level await', 'const kept = await 5', 'kept'],
    ['function after top-level await', 'await 0; function kept() { return 5 }', 'kept()'],
    ['class after top-level await', 'await 0; class Kept { value = 5 }', 'new Kept().value'],
    ['destructuring with top-level await', 'const { a, b: [kept] } = await { a: 1, b: [5] }', 'kept'],
  ])('%s', async (_kind, first, second) => {
    using isolate = new Isolate()
    await isolate.run(first)
    expect(await isolate.run(second)).toBe(5)
  })

  it('includes what ran before an error', async () => {
    using isolate = new Isolate()
    await failure(isolate.run("globalThis.before = 1; throw new Error('x'); globalThis.after = 1"))
    expect(await isolate.run('[typeof before, typeof after]')).toEqual(['number', 'undefined'])
  })
})

describe('top-level await', () => {
  it('gives the completion value', async () => {
    using isolate = new Isolate()
    expect(await isolate.run('await 0; 1 + await Promise.resolve(1)')).toBe(2)
  })

  it('works inside blocks, loops and for await', async () => {
    using isolate = new Isolate()
    expect(
      await isolate.run(
        'let sum = 0; for await (const x of [1, Promise.resolve(2)]) { if (await true) sum += x }; sum',
      ),
    ).toBe(3)
  })

  it('lets its error be caught', async () => {
    using isolate = new Isolate()
    expect(await isolate.run("let seen; try { await Promise.reject('no') } catch (error) { seen = error }; seen")).toBe(
      'no',
    )
  })

  it('rejects with what is thrown after it', async () => {
    using isolate = new Isolate()
    await expect(isolate.run("await 0; throw new RangeError('late')")).rejects.toMatchObject({
      name: 'RangeError',
      message: 'late',
    })
  })
})

describe('order', () => {
  it('is that of the calls', async () => {
    using isolate = new Isolate({ globals: { order: [] } })
    for (let index = 0; index < 100; index++) void isolate.run(`order.push(${index})`)
    expect(await isolate.run('order')).toEqual(Array.from({ length: 100 }, (_, index) => index))
  })

  it('of settling is that of the calls', async () => {
    using isolate = new Isolate()
    const order: number[] = []
    await Promise.all([0, 1, 2, 3].map((index) => isolate.run(`${index}`).then(() => order.push(index))))
    expect(order).toEqual([0, 1, 2, 3])
  })
})

// F82, F86, F90: where the error is, in the text the user wrote.
describe('positions', () => {
  it('name the file, the line and the column of an error', async () => {
    using isolate = new Isolate()
    const error = await failure(isolate.run("1;\n  throw new Error('x')", { filename: 'job.js' }))
    expect(error.stack).toContain('job.js:2:9')
  })

  it('count from the offsets of the options', async () => {
    using isolate = new Isolate()
    const error = await failure(
      isolate.run("throw new Error('x')", { filename: 'job.js', lineOffset: 10, columnOffset: 5 }),
    )
    expect(error.stack).toContain('job.js:11:12')
  })

  it('are right after a top-level await', async () => {
    using isolate = new Isolate()
    const error = await failure(isolate.run("const a = await 1;\n  throw new Error('x')", { filename: 'job.js' }))
    expect(error.stack).toContain('job.js:2:9')
  })

  it('are those of the definition when a function of an earlier run throws', async () => {
    using isolate = new Isolate()
    await isolate.run("function boom() { throw new Error('x') }", { filename: 'library.js' })
    const { stack } = await failure(isolate.run('\nboom()', { filename: 'main.js' }))
    expect(stack.indexOf('library.js:1:')).toBeGreaterThan(0)
    expect(stack.indexOf('main.js:2:')).toBeGreaterThan(stack.indexOf('library.js:1:'))
  })
})

describe('a syntax error', () => {
  it.each([
    ['plain source', 'let a = 1;\nlet b = ;'],
    ['source with top-level await', 'await 1;\nlet b = ;'],
  ])('in %s shows its file, line, column, source and a caret', async (_kind, source) => {
    using isolate = new Isolate()
    const error = await failure(isolate.run(source, { filename: 'bad.js' }))
    expect(error).toBeInstanceOf(RemoteError)
    expect(error.name).toBe('SyntaxError')
    expect(error.stack.split('\n').slice(0, 3)).toEqual(['bad.js:2:9', 'let b = ;', '        ^'])
  })

  it('is found before anything runs', async () => {
    using isolate = new Isolate()
    await failure(isolate.run('globalThis.ran = true; let b = ;'))
    expect(await isolate.run('typeof ran')).toBe('undefined')
  })

  it('is what static import gives', async () => {
    using isolate = new Isolate()
    await expect(isolate.run("import 'fs'")).rejects.toMatchObject({ name: 'SyntaxError' })
  })

  it.each([
    ['deep nesting', () => '['.repeat(1_000_000)],
    ['a megabyte of ~', () => '~'.repeat(1 << 20)],
    ['deep templates', () => '`${'.repeat(200_000)],
  ])('of %s is an error, not a crash', async (_kind, source) => {
    using isolate = new Isolate({ memoryLimit: 64 })
    const error = await failure(isolate.run(source()))
    expect(['SyntaxError', 'RangeError', 'MemoryLimitError']).toContain(error.name)
  })
})

// G269 and part two's list of defects, 6
describe('a rejection nobody handles', () => {
  it('does not fail a later run', async () => {
    using isolate = new Isolate({ console: 'ignore' })
    await isolate.run("Promise.reject(new Error('forgotten')); 1").catch(() => {})
    expect(await isolate.run('2')).toBe(2)
  })
})

it('import() of anything is refused inside the guest', async () => {
  using isolate = new Isolate()
  expect(await isolate.run("import('fs').then(() => 'loaded', () => 'refused')")).toBe('refused')
})
