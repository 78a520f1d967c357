import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Isolate, type ModuleOptions } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { tree } from './helpers/tree.js'

const read = (isolate: Isolate, specifier: string): Promise<unknown> =>
  isolate.run(`import(${JSON.stringify(specifier)}).then((n) => n.default)`)

function isolateIn(files: Parameters<typeof tree>[0], more: ModuleOptions = {}): Isolate {
  return new Isolate({ modules: { root: tree(files), packages: true, ...more } })
}

describe('packages', () => {
  it('are found by what their exports say, under the conditions of a guest', async () => {
    const files = {
      'node_modules/a/package.json': {
        name: 'a',
        exports: {
          '.': { node: './node.mjs', 'edge-light': './edge.mjs', default: './default.mjs' },
          './deep/*': './lib/*.mjs',
          './hidden/*': null,
          './both': { require: './both.cjs', import: './both.mjs' },
          './missing': './nowhere.mjs',
          './up': '../../secret.mjs',
        },
      },
      'node_modules/a/node.mjs': "export default 'node'",
      'node_modules/a/edge.mjs': "export default 'edge'",
      'node_modules/a/default.mjs': "export default 'default'",
      'node_modules/a/lib/x.mjs': "export default 'x'",
      'node_modules/a/both.mjs': "export default 'import'",
      'node_modules/a/both.cjs': "module.exports = 'require'",
      'secret.mjs': '',
      'both.cjs': "module.exports = require('a/both')",
    }
    {
      using isolate = isolateIn(files)
      expect(await read(isolate, 'a')).toBe('edge')
      expect(await read(isolate, 'a/deep/x')).toBe('x')
      expect(await read(isolate, 'a/both')).toBe('import')
      expect(await read(isolate, './both.cjs')).toBe('require')
      for (const hidden of ['a/lib/x.mjs', 'a/hidden/x', 'a/package.json', 'a/missing', 'a/up']) {
        expect((await failure(read(isolate, hidden))).code, hidden).toBe('ERR_MODULE_NOT_FOUND')
      }
    }
    using other = isolateIn(files, { conditions: ['node'] })
    expect(await read(other, 'a')).toBe('node')
    using plain = isolateIn(files, { conditions: [] })
    expect(await read(plain, 'a')).toBe('default')
  })

  it('are looked for from the importing file upwards, with scopes, and import themselves and their own names', async () => {
    using isolate = isolateIn({
      'node_modules/shared/index.js': "module.exports = 'outer'",
      'node_modules/@scope/one/package.json': {
        name: '@scope/one',
        main: 'main',
        imports: { '#in': './in.js' },
        exports: './main.js',
      },
      'node_modules/@scope/one/main.js':
        "module.exports = [require('shared'), require('#in'), require('@scope/one') === module.exports]",
      'node_modules/@scope/one/in.js': "module.exports = 'internal'",
      'node_modules/@scope/one/node_modules/shared/package.json': { main: './lib' },
      'node_modules/@scope/one/node_modules/shared/lib/index.js': "module.exports = 'inner'",
    })
    expect(await read(isolate, '@scope/one')).toEqual(['inner', 'internal', true])
    expect(await read(isolate, 'shared')).toBe('outer')
    expect(await read(isolate, 'shared/index.js')).toBe('outer')
    expect((await failure(read(isolate, 'none'))).message).toContain(
      'there is no package none in a node_modules directory',
    )
    for (const name of ['.hidden', '@scope', 'a%2fb', '']) {
      expect((await failure(read(isolate, name))).code, name).toBe('ERR_MODULE_NOT_FOUND')
    }
  })

  it('are not looked for unless they are allowed', async () => {
    using isolate = isolateIn({ 'node_modules/a/index.js': '' }, { packages: false })
    expect((await failure(read(isolate, 'a'))).message).toContain('modules.packages is not set')
  })

  it('may have a name of Node where another stands in its place', async () => {
    using isolate = isolateIn(
      { 'node_modules/events/index.js': "module.exports = 'a package'" },
      {
        map: { imports: { 'node:path': 'path-for-guests', fs: './fs.mjs' } },
        sources: { 'path-for-guests': 'export default 1', './fs.mjs': 'export default 2' },
      },
    )
    expect(await read(isolate, 'events')).toBe('a package')
    expect(await read(isolate, 'node:path')).toBe(1)
    expect(await read(isolate, 'fs')).toBe(2)
    expect((await failure(read(isolate, 'node:events'))).code).toBe('ERR_MODULE_NOT_FOUND')
  })
})

describe('CommonJS', () => {
  it('gives its names to import, also those of what it exports again', async () => {
    using isolate = isolateIn({
      'a.cjs':
        "exports.one = 1; Object.defineProperty(exports, 'two', { enumerable: true, value: 2 }); exports.three = undefined",
      'b.cjs': "module.exports = require('./a.cjs')",
      'c.cjs':
        "'use strict'; Object.defineProperty(exports, '__esModule', { value: true }); __exportStar(require('./a.cjs'), exports); exports.default = 4; function __exportStar(m, e) { for (const k in m) e[k] = m[k] }",
      'app.mjs':
        "import all, { one, two, three } from './b.cjs'; import { one as again, default as c } from './c.cjs'; export default [Object.keys(all), one, two, three, again, Object.keys(c)]",
    })
    expect(await read(isolate, './app.mjs')).toEqual([
      ['one', 'two', 'three'],
      1,
      2,
      undefined,
      1,
      ['one', 'two', 'three', 'default'],
    ])
  })

  it('has require, module, exports and its name, and runs once', async () => {
    const root = tree({
      'lib/a.cjs':
        'globalThis.runs = (globalThis.runs ?? 0) + 1; module.exports = [this === exports, __filename, __dirname, module.id, typeof require.resolve, require.resolve("./b"), module.loaded, typeof process, typeof global]',
      'lib/b.js': '',
      'again.cjs': "module.exports = require('./lib/a.cjs') === require('./lib/a')",
    })
    using isolate = new Isolate({ modules: { root } })
    const file = join(root, 'lib/a.cjs')
    expect(await read(isolate, './lib/a.cjs')).toEqual([
      true,
      file,
      join(root, 'lib'),
      file,
      'function',
      join(root, 'lib/b.js'),
      false,
      'object',
      'object',
    ])
    expect(await read(isolate, './again.cjs')).toBe(true)
    expect(await isolate.get('runs')).toBe(1)
  })

  it('requires what only shows when it runs: files, directories, JSON and ES modules', async () => {
    using isolate = isolateIn({
      'app.cjs':
        "module.exports = ['./x', './x.js', './dir', './data', './data.json', 'pkg', './esm.mjs'].map((name) => { const value = require(name); return value.name ?? value })",
      'x.js': "exports.name = 'x'",
      'dir/index.js': "exports.name = 'dir'",
      'data.json': { name: 'data' },
      'node_modules/pkg/package.json': { main: './main' },
      'node_modules/pkg/main.js': "exports.name = 'pkg'",
      'esm.mjs': "export const name = 'esm'; export { inner } from './inner.mjs'",
      'inner.mjs': 'export const inner = 1',
    })
    expect(await read(isolate, './app.cjs')).toEqual(['x', 'x', 'dir', 'data', 'data', 'pkg', 'esm'])
  })

  it('cannot require an ES module that awaits, and says so', async () => {
    using isolate = isolateIn({ 'a.cjs': "require('./b.mjs')", 'b.mjs': 'await 1' })
    expect(await failure(read(isolate, './a.cjs'))).toMatchObject({ code: 'ERR_REQUIRE_ASYNC_MODULE' })
  })

  it('goes in circles with unfinished exports, also through ES modules', async () => {
    using isolate = isolateIn({
      'a.cjs': "exports.early = 1; exports.b = require('./b.cjs').seen; exports.late = 2",
      'b.cjs': "exports.seen = Object.keys(require('./a.cjs'))",
      'c.mjs': "import './d.cjs'; export const c = 1",
      'd.cjs': "try { require('./c.mjs') } catch (e) { module.exports = e.message }",
    })
    expect(await read(isolate, './a.cjs')).toEqual({ early: 1, b: ['early'], late: 2 })
    await isolate.run("import('./c.mjs').then(() => 0)")
    expect(await read(isolate, './d.cjs')).toContain('is being evaluated')
  })

  it('throws from require what the file throws, and tries again the next time', async () => {
    using isolate = isolateIn({
      'app.cjs':
        "const tries = []; for (let i = 0; i < 2; i++) try { require('./bad.cjs') } catch (e) { tries.push(e.message) } ; try { require('./none') } catch (e) { tries.push(e.code) } module.exports = tries",
      'bad.cjs': "globalThis.n = (globalThis.n ?? 0) + 1; throw new Error('bad ' + n)",
    })
    expect(await read(isolate, './app.cjs')).toEqual(['bad 1', 'bad 2', 'ERR_MODULE_NOT_FOUND'])
  })
})
