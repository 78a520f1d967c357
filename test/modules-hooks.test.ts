import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Isolate, type ModuleOptions } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { tree } from './helpers/tree.js'

const read = (isolate: Isolate, specifier: string): Promise<unknown> =>
  isolate.run(`import(${JSON.stringify(specifier)}).then((n) => n.default)`)

describe('an import map', () => {
  const sources = {
    one: 'export default 1',
    'lib/two': 'export default 2',
    'lib/three': "import x from 'one'; export default x",
    app: "import x from 'one'; export default x",
  }

  it('gives names other meanings: exact ones, prefixes, URLs and null', async () => {
    using isolate = new Isolate({
      modules: {
        sources,
        map: {
          imports: { first: 'one', 'l/': './lib/', './x.js': 'memory:///lib/two', never: null, 'deep/': 'lib/' },
          scopes: { './lib/': { one: 'lib/two' }, 'memory:///lib/three': { one: 'one' } },
        },
      },
    })
    expect(await read(isolate, 'first')).toBe(1)
    expect(await read(isolate, 'l/two')).toBe(2)
    expect(await read(isolate, 'deep/two')).toBe(2)
    expect(await read(isolate, './x.js')).toBe(2)
    expect(await read(isolate, 'app')).toBe(1)
    // The most specific scope has the say.
    expect(await read(isolate, 'lib/three')).toBe(1)
    for (const specifier of ['never', 'l/../one', 'l/%2e%2e/one']) {
      expect((await failure(read(isolate, specifier))).code, specifier).toBe('ERR_MODULE_FORBIDDEN')
    }
  })

  it('does not lead out of the root', async () => {
    const root = tree({ 'in/a.mjs': 'export default 1', 'secret.mjs': '' })
    using isolate = new Isolate({
      modules: {
        root: join(root, 'in'),
        map: { imports: { a: './a.mjs', up: '../secret.mjs', abs: pathToFileURL(join(root, 'secret.mjs')).href } },
      },
    })
    expect(await read(isolate, 'a')).toBe(1)
    expect((await failure(read(isolate, 'up'))).code).toBe('ERR_MODULE_FORBIDDEN')
    expect((await failure(read(isolate, 'abs'))).code).toBe('ERR_MODULE_FORBIDDEN')
  })
})

describe('hooks', () => {
  it('resolve and load whatever the host wants, at once or later', async () => {
    const asked: unknown[] = []
    const modules: ModuleOptions = {
      resolve: async (specifier, context) => {
        asked.push([specifier, context])
        await new Promise((resolve) => setImmediate(resolve))
        return specifier.startsWith('db:') ? `https://modules.test/${specifier.slice(3)}.js` : undefined
      },
      load: async (url) => {
        await new Promise((resolve) => setImmediate(resolve))
        if (url.endsWith('/data.js')) return { source: '[1, 2]', format: 'json' }
        if (url.endsWith('/old.js'))
          return { source: 'module.exports = require("db:main").default', format: 'commonjs' }
        return url.startsWith('https:') ? `import data from 'db:data' with { type: 'json' }; export default data` : null
      },
      sources: { plain: "export { default } from 'db:old'" },
    }
    using isolate = new Isolate({ modules })
    expect(await read(isolate, 'db:main')).toEqual([1, 2])
    expect(await read(isolate, 'plain')).toEqual([1, 2])
    expect(asked).toContainEqual(['db:main', { referrer: 'memory:///', kind: 'import' }])
    expect(asked).toContainEqual(['db:data', { referrer: 'https://modules.test/main.js', kind: 'import' }])
    expect(asked).toContainEqual(['db:main', { referrer: 'https://modules.test/old.js', kind: 'require' }])
  })

  it('fail the import with what they throw or give wrongly, and nothing else', async () => {
    using isolate = new Isolate({
      modules: {
        resolve: (specifier) => {
          if (specifier === 'throws') throw Object.assign(new RangeError('not today'), { code: 'E_TODAY' })
          return specifier === 'wrong' ? (5 as never) : specifier === 'relative' ? 'bare' : undefined
        },
        load: (url) =>
          url === 'test:wrong' ? ({ text: '' } as never) : url === 'test:good' ? 'export default 1' : undefined,
      },
    })
    expect(await failure(read(isolate, 'throws'))).toMatchObject({
      name: 'RangeError',
      message: 'not today',
      code: 'E_TODAY',
    })
    expect((await failure(read(isolate, 'wrong'))).message).toContain('modules.resolve must give a URL')
    expect((await failure(read(isolate, 'relative'))).message).toContain('modules.resolve must give a URL')
    expect((await failure(read(isolate, 'test:wrong'))).message).toContain('modules.load must be a string')
    expect((await failure(read(isolate, 'test:none'))).message).toContain('modules.load gave nothing for test:none')
    expect(await read(isolate, 'test:good')).toBe(1)
  })

  it('cannot be made to let files of elsewhere in', async () => {
    const root = tree({ 'root/a.mjs': 'export default 1', 'secret.mjs': '' })
    const secret = pathToFileURL(join(root, 'secret.mjs')).href
    using isolate = new Isolate({ modules: { root: join(root, 'root'), resolve: () => secret } })
    expect((await failure(read(isolate, './a.mjs'))).code).toBe('ERR_MODULE_FORBIDDEN')
    using trusted = new Isolate({
      modules: {
        root: join(root, 'root'),
        resolve: () => 'given:x',
        load: (url) => (url === 'given:x' ? 'export default 2' : null),
      },
    })
    expect(await read(trusted, './a.mjs')).toBe(2)
  })
})
