import { describe, expect, it } from 'vitest'
import { Isolate, type ModuleOptions } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'

function isolateOf(sources: NonNullable<ModuleOptions['sources']>, more: ModuleOptions = {}): Isolate {
  return new Isolate({ modules: { sources, ...more } })
}

describe('modules', () => {
  it('import each other, by name and relative to each other', async () => {
    using isolate = isolateOf({
      app: "import { one } from './lib/one.js'; import two from 'two'; export const sum = one + two",
      'lib/one.js': "export { one } from '../lib/deep.js'",
      'lib/deep.js': 'export const one = 1',
      two: 'export default 2',
    })
    expect(await isolate.run("import('app').then(({ sum }) => sum)")).toBe(3)
  })

  it('are evaluated once, whoever imports them and by whatever specifier', async () => {
    using isolate = isolateOf({
      a: "import './count.js'",
      b: "import 'count.js'; await import('memory:///count.js')",
      'count.js': 'globalThis.count = (globalThis.count ?? 0) + 1',
    })
    await isolate.run("Promise.all([import('a'), import('b'), import('count.js'), import('./count.js')]).then(() => 0)")
    expect(await isolate.get('count')).toBe(1)
  })

  it('go in circles, with live bindings', async () => {
    using isolate = isolateOf({
      even: "import { odd } from 'odd'; export const even = (n) => n === 0 || odd(n - 1); export let calls = 0; export const call = () => calls++",
      odd: "import { even } from 'even'; export const odd = (n) => n !== 0 && even(n - 1)",
      app: "import { calls, call } from 'even'; import { odd } from 'odd'; call(); call(); export default [odd(7), calls]",
    })
    expect(await isolate.run("import('app').then((app) => app.default)")).toEqual([true, 2])
  })

  it('await at their top level, in the order of their imports', async () => {
    using isolate = isolateOf({
      first:
        'globalThis.order = []; await null; await null; order.push(1); export const value = await Promise.resolve(20)',
      second: "import { value } from 'first'; order.push(2); export const more = value + await 22",
    })
    expect(await isolate.run("import('second').then(({ more }) => [more, order])")).toEqual([42, [1, 2]])
  })

  it('are JSON where they are asked for as such', async () => {
    using isolate = isolateOf({
      'data.json': '{ "list": [1, 2] }',
      app: "import data from './data.json' with { type: 'json' }; export { data }",
    })
    expect(await isolate.run("import('app').then(({ data }) => data)")).toEqual({ list: [1, 2] })
    expect(
      await isolate.run(
        "import('data.json', { with: { type: 'json' } }).then((n) => n.default.list === n.default.list)",
      ),
    ).toBe(true)
    const plain = await failure(isolate.run("import('data.json')"))
    expect(plain).toMatchObject({ name: 'TypeError', code: 'ERR_MODULE_ATTRIBUTE' })
    expect(await failure(isolate.run("import('app', { with: { type: 'json' } })"))).toMatchObject({
      code: 'ERR_MODULE_ATTRIBUTE',
    })
    expect(await failure(isolate.run("import('app', { with: { kind: 'json' } })"))).toMatchObject({
      message: 'There is no import attribute "kind", only type',
    })
  })

  it('have what every isolate has as the module isolates, also where there are no others', async () => {
    using isolate = new Isolate()
    expect(
      await isolate.run(
        "import('isolates').then(({ Channel, share, default: all }) => [Channel === isolates.Channel, typeof share, all === isolates])",
      ),
    ).toEqual([true, 'function', true])
    const nothing = await failure(isolate.run("import('./x.js')"))
    expect(nothing).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
    expect(nothing.message).toContain('option modules')
  })

  it('know their place by import.meta', async () => {
    using isolate = isolateOf({
      'lib/app.js':
        "export const meta = { ...import.meta, resolve: 0 }; export const other = [import.meta.resolve('./b.js'), import.meta.resolve('b'), import.meta.resolve('isolates')]",
      'lib/b.js': '',
      b: '',
    })
    const app = await isolate.run<{ meta: object; other: string[] }>("import('lib/app.js').then((app) => ({ ...app }))")
    expect(app.meta).toEqual({ url: 'memory:///lib/app.js', resolve: 0 })
    expect(app.other).toEqual(['memory:///lib/b.js', 'memory:///b', 'isolates'])
  })

  it('are imported again by the one load that is under way', async () => {
    const loads: string[] = []
    using isolate = new Isolate({
      modules: {
        load: async (url) => {
          loads.push(url)
          await new Promise((resolve) => setImmediate(resolve))
          return 'globalThis.runs = (globalThis.runs ?? 0) + 1; export default runs'
        },
      },
    })
    const values =
      "Promise.all(Array.from({ length: 20 }, () => import('test:a'))).then((all) => all.map((n) => n.default))"
    expect(new Set(await isolate.run<number[]>(values))).toEqual(new Set([1]))
    expect(loads).toEqual(['test:a'])
  })

  it('are not there when they do not exist, and the error says who wanted them', async () => {
    using isolate = isolateOf({ app: "import './missing.js'" })
    const error = await failure(isolate.run("import('app')"))
    expect(error).toMatchObject({ name: 'Error', code: 'ERR_MODULE_NOT_FOUND' })
    expect(error.message).toBe(
      'Cannot import "./missing.js" from memory:///app: there is no missing.js in modules.sources',
    )
    expect(await failure(isolate.run("import('fs')"))).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
    expect((await failure(isolate.run("import('node:fs')"))).message).toContain("Node's own modules do not exist")
  })

  it('fail with the place of a syntax error, and of an import of what is not exported', async () => {
    using isolate = isolateOf({
      wrong: 'let x = 1\nlet y = ;',
      names: "import { nothing } from 'empty'",
      empty: '',
    })
    const syntax = await failure(isolate.run("import('wrong')"))
    expect(syntax.name).toBe('SyntaxError')
    expect(syntax.stack).toContain('memory:///wrong:2:9\nlet y = ;\n        ^\n\nSyntaxError: Unexpected token')
    const names = await failure(isolate.run("import('names')"))
    expect(names.stack).toContain("memory:///names:1:10\nimport { nothing } from 'empty'\n         ^^^^^^^\n")
  })

  it('that throw do so for everybody who imports them, and run once', async () => {
    using isolate = isolateOf({ bad: "globalThis.tries = (globalThis.tries ?? 0) + 1; throw new RangeError('no')" })
    for (let i = 0; i < 3; i++) {
      expect(await failure(isolate.run("import('bad')"))).toMatchObject({ name: 'RangeError', message: 'no' })
    }
    expect(await isolate.get('tries')).toBe(1)
  })

  it('go on working where a guest has broken the language', async () => {
    using isolate = isolateOf({ a: "export * from './b.js'", 'b.js': 'export const b = 1' })
    await isolate.run(`
      const broken = () => { throw new Error('broken') }
      const define = Object.defineProperty
      const places = []
      for (const { prototype } of [Array, Map, String, Set, RegExp, Function])
        for (const key of Reflect.ownKeys(prototype))
          if (key !== 'constructor' && key !== 'length') places[places.length] = { prototype, key }
      for (let i = 0; i < places.length; i++) try { define(places[i].prototype, places[i].key, { value: broken }) } catch {}
      JSON.parse = JSON.stringify = Object.keys = Object.create = Object.defineProperty = broken
      Reflect.apply = broken
      0`)
    expect(await isolate.run("import('a').then((n) => n.b)")).toBe(1)
  })

  it('are those of one isolate, also for evaluated code', async () => {
    using one = isolateOf({ secret: 'export default 1' })
    using other = isolateOf({ open: 'export default 2' })
    expect(await one.run(`eval("import('secret')").then((n) => n.default)`)).toBe(1)
    expect(await failure(other.run(`new Function("return import('secret')")()`))).toMatchObject({
      code: 'ERR_MODULE_NOT_FOUND',
    })
  })

  it('are refused as options that are none', () => {
    const refused: [unknown, RegExp][] = [
      [[], /options.modules must be an object/],
      [{ rot: '/' }, /no option "rot"/],
      [{ root: 5 }, /modules.root must be a path or a file: URL, got 5|root must be/],
      [{ root: '/nowhere/at/all' }, /a directory that exists/],
      [{ sources: { a: 1 } }, /sources\["a"\] must be a string/],
      [{ map: { imports: { a: 1 } } }, /imports\["a"\] must be a string or null/],
      [{ map: { import: {} } }, /no option "import"/],
      [{ packages: 'yes' }, /packages must be a boolean/],
      [{ conditions: [1] }, /conditions must be an array of strings/],
      [{ resolve: 1 }, /resolve must be a function/],
      [{ load: {} }, /load must be a function/],
    ]
    for (const [modules, message] of refused) {
      expect(() => new Isolate({ modules: modules as ModuleOptions }), JSON.stringify(modules)).toThrow(message)
    }
  })
})
