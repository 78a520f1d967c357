import { createContext, runInContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { rewriteTopLevelAwait } from '../lib/await.js'

/** A realm in which scripts run one after another, as in an isolate. */
class Realm {
  readonly context = createContext({
    later: <T>(value: T) => new Promise<T>((resolve) => setImmediate(resolve, value)),
    log: [] as unknown[],
    fail: () => {
      throw new Error('failed')
    },
  })

  run(source: string): unknown {
    return runInContext(source, this.context, { filename: 'plain.js' })
  }

  /** Runs a script with top-level await; resolves to its completion value. */
  async runAsync(source: string): Promise<unknown> {
    const script = rewriteTopLevelAwait(source)
    if (script === null) throw new Error(`not rewritten: ${source}`)
    const columnOffset = -script.firstLineShift
    return await runInContext(script.source, this.context, { filename: 'script.js', columnOffset })
  }
}

describe('a script is left alone', () => {
  it.each([
    ['that has no await', '1 + 1'],
    [
      'that awaits in functions only',
      'async function f() { await 1 }; const g = async () => await 2; ({ async m() { await 3 } })',
    ],
    [
      'that awaits in a method of a class only',
      'class A { async m() { await 1 } static { (async () => { await 2 })() } }',
    ],
    ['that uses for await in a function only', 'async function f() { for await (const x of y) x }'],
    ['that has await in a string or comment only', '// await\n"await"'],
    ['that is empty', ''],
    ['that returns', 'await 1; return 2'],
    ['that imports', 'import a from "a"; await a'],
    ['that exports', 'export const a = await 1'],
    ['that declares a name twice', 'let a = await 1; let a = 2'],
    ['that is no JavaScript', 'await ('],
    ['that awaits in a function that is not async', 'function f() { await 1 }'],
    ['that awaits in a static block', 'class A { static { await 1 } }'],
  ])('%s', (_name, source) => {
    expect(rewriteTopLevelAwait(source)).toBeNull()
  })
})

describe('the completion value', () => {
  it.each([
    ['await later(5)', 5],
    ['await later(5);', 5],
    ['await later(5) + 1', 6],
    ['await 1; 2', 2],
    ['await 1; 2;;', 2],
    ['await 1; (2, 3)', 3],
    ['await 1; ({ a: 1 }).a', 1],
    ['await 1; later(7)', 7],
    ['const x = later(8); x; await 0', 0],
    ['await 0; const x = 8; x', 8],
    ['5; var x = await 1', 5],
    ['5; let x = await 1; function f() {}', 5],
    ['6; class A { static x = log.push(1) } await 1; var y', 1],
    ['await 1; function f() {}', 1],
    ['await 1 // comment', 1],
    ['await 1 /* comment */ ; // comment', 1],
    ['/* first */ await 1', 1],
    ['if (await later(true)) { 1 } else { 2 }', 1],
    ['if (await later(false)) 1\nelse 2', 2],
    ['let sum = 0; for (const x of [1, 2, 3]) { sum += await later(x) }', 6],
    ['for await (const x of [later(1), later(2)]) x * 10', 20],
    ['let i = 0; while (i < 3) { i++; await i; i * 2 }', 6],
    ['let i = 0; do i += await 1; while (i < 3)', 3],
    ['try { await Promise.reject(1) } catch (e) { e + 1 }', 2],
    ['switch (await 2) { case 1: "one"; break; case 2: "two"; break }', 'two'],
    ['outer: for (const x of [1, 2]) { x; await 1; break outer }', 1],
    ['{ await 1; { 2 } }', 2],
    ['var x = await 1', undefined],
    ['await undefined', undefined],
    [`\`text \${await later('in a template')}\``, 'text in a template'],
    ['[await 1, ...await later([2])].length', 2],
    ['await 1; x => {}\n(3)', 3],
    ['await 1, value => value, 4', 4],
  ])('of %s is %j', async (source, expected) => {
    expect(await new Realm().runAsync(source)).toEqual(expected)
  })

  it('is an error where the script throws', async () => {
    await expect(new Realm().runAsync('await 1; throw new RangeError("thrown")')).rejects.toThrow('thrown')
    await expect(new Realm().runAsync('await Promise.reject(new RangeError("rejected"))')).rejects.toThrow('rejected')
  })
})

describe('declarations stay global', () => {
  it.each([
    ['var a = await later(1)', 'a', 1],
    ['let a = await later(1)', 'a', 1],
    ['const a = await later(1)', 'a', 1],
    ['const a = await 1, b = a + 1', '[a, b]', [1, 2]],
    ['let a; await 1', 'a', undefined],
    ['var a, b = await 2', '[a, b]', [undefined, 2]],
    ['const { a, b: { c = 3 } = {}, ...rest } = await later({ a: 1, d: 4 })', '[a, c, rest]', [1, 3, { d: 4 }]],
    ['const [a, , [b] = [2], ...rest] = await later([1, 0, undefined, 3])', '[a, b, rest]', [1, 2, [3]]],
    ['let a = 1, { b } = await { b: 2 }, [c] = [3]', '[a, b, c]', [1, 2, 3]],
    ['var{a}=await{a:1}', 'a', 1],
    ['class A { x = 1 } await 1', 'new A().x', 1],
    ['class B extends (await later(Array)) {} class C {}', '[new B(3).length, C.name]', [3, 'C']],
    ['await 1; function f() { return 1 }', 'f()', 1],
    ['async function f() { return await 1 } await f()', 'typeof f', 'function'],
    ['await 1; { function inner() {} let b = 1; var a = 2 }', '[a, typeof b]', [2, 'undefined']],
    ['if (await true) var a = 1; else var b = 2', '[a, b]', [1, undefined]],
    ['for (var i = 0, n = await 3; i < n; i++);', '[i, n]', [3, 3]],
    ['for (var { a } = await { a: 1 }; ;) break', 'a', 1],
    ['for (var x of await later([1, 2])) {}', 'x', 2],
    ['for (var { a } of await later([{ a: 1 }])) {}', 'a', 1],
    ['for (var k in await later({ a: 1 })) {}', 'k', 'a'],
    ['for await (var [x] of [later([1])]) {}', 'x', 1],
    ['for (const x of await later([1])) { var seen = x }', '[typeof x, seen]', ['undefined', 1]],
    ['try { await 1; var a = 1 } catch (e) { var b = 2 } finally { var c = 3 }', '[a, b, c]', [1, undefined, 3]],
    ['switch (await 1) { case 1: var a = 1 }', 'a', 1],
    ['label: var a = await 1', 'a', 1],
    ['const f = () => {}, g = function () {}, h = class {}; await 1', '[f.name, g.name, h.name]', ['f', 'g', 'h']],
  ])('%s', async (source, probe, expected) => {
    const realm = new Realm()
    await realm.runAsync(source)
    expect(realm.run(probe)).toEqual(expected)
  })

  it('and are seen before the script ends', async () => {
    const realm = new Realm()
    const done = realm.runAsync('f(); var a = 1; let b = 2; await later(); function f() { log.push("f") } a = 3')
    expect(realm.run('[a, b, typeof f, log.length]')).toEqual([1, 2, 'function', 1])
    await done
    expect(realm.run('a')).toBe(3)
  })

  it('and those of functions and static blocks stay where they are', async () => {
    const realm = new Realm()
    await realm.runAsync(
      'function f() { var a = 1 } const g = () => { var b }; class A { static { var c } m() { var d } } await 1',
    )
    expect(realm.run('[typeof a, typeof b, typeof c, typeof d]')).toEqual(Array(4).fill('undefined'))
  })

  it('and a second script sees and changes them', async () => {
    const realm = new Realm()
    await realm.runAsync('let count = await later(1); var other = 1')
    await realm.runAsync('count += await later(1); other++')
    expect(realm.run('[count, other, globalThis.other, globalThis.count]')).toEqual([2, 2, 2, undefined])
    await expect(realm.runAsync('let count = await 1')).rejects.toThrow('already been declared')
  })
})

describe('a script means what it meant', () => {
  it.each([
    [
      'line breaks that end declarations',
      'const a = 1\nconst { b } = { b: 2 }\nvar [c] = [3]\nlet f = x => x\n;[a, b, c, await 4, f(5)]',
      [1, 2, 3, 4, 5],
    ],
    [
      'a declaration after a call',
      'let n = 0\nconst add = () => n++\nadd()\nconst { length } = "abc"\nadd()\nvar { x } = { x: 1 }\nawait [n, length, x]',
      [2, 3, 1],
    ],
    ['a declaration before parentheses', 'let a\n(await 1)\nvar b = x => x\n(2)\nclass A {}\n(3)', 3],
    ['a strict script', '"use strict"\nfunction f() { return this }\nawait 1\nf()', undefined],
    [
      'a strict script that keeps its value',
      '"use strict"; let a = 1; a; var b = await (function () { return this })(); b',
      undefined,
    ],
    ['this', 'await 1; this === globalThis', true],
    ['names that resemble ours', 'const value = await 1; for (const value$ of [1]) value + value$', 2],
    ['a hash-bang line', '#!/usr/bin/env node\nawait 5', 5],
    ['labels and regular expressions', 'await 1\na: { /x/.test("x") }', true],
    ['carriage returns', 'const a = await 1\r\nconst b = 2\r\na + b', 3],
  ])('with %s', async (_name, source, expected) => {
    expect(await new Realm().runAsync(source)).toEqual(expected)
  })

  it('and rejects arguments and new.target like any script', async () => {
    await expect(new Realm().runAsync('await 1; arguments')).rejects.toThrow('arguments is not defined')
    expect(rewriteTopLevelAwait('await 1; new.target')).toBeNull()
  })
})

describe('positions', () => {
  function position(error: unknown): string | undefined {
    return /(?:script|plain)\.js:(\d+:\d+)/.exec((error as Error).stack ?? '')?.[1]
  }

  it.each([
    'fail(); await 1',
    'var a = await 1\nfail()\nvar b',
    'await 1\nconst a = 1, b = fail(), c = 2',
    'let a = await 1; const b = 2; let c = fail(); class D {}',
    'await 1\n\n  function f() { fail() }\n  var x = f()\n',
    'for (var i = 0; i < fail(); i++) await 1',
    'const f = () => {\n  fail()\n}\nawait f()',
    'if (await 1) {\n  const [a] = [fail()]\n}',
  ])('in %j are those of the original', async (source) => {
    const actual = await new Realm().runAsync(source).catch(position)
    let expected: string | undefined
    try {
      new Realm().run(source.replaceAll('await', '     '))
    } catch (error) {
      expected = position(error)
    }
    expect(actual).toMatch(/^\d+:\d+$/)
    expect(actual).toBe(expected)
  })

  it('move on the first line by what is said, and no line is added before the end', () => {
    const script = rewriteTopLevelAwait('let a = await 1\nconst b = 2\n')
    expect(script?.source).toBe('let a,b;(async()=>{  ; a = await 1;\n    ; b = 2;\n\n})()')
    expect(script?.firstLineShift).toBe('let a,b;(async()=>{'.length)
  })
})
