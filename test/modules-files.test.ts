import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { tree } from './helpers/tree.js'

const read = (isolate: Isolate, specifier: string): Promise<unknown> =>
  isolate.run(`import(${JSON.stringify(specifier)}).then((n) => n.default)`)

describe('files of the root', () => {
  it('are imported relative to it and to each other', async () => {
    const root = tree({
      'main.mjs': "import { b } from './lib/b.js'; export default b",
      'lib/b.js': "import data from '../data.json' with { type: 'json' }; export const b = data.b",
      'data.json': { b: 'from JSON' },
    })
    for (const given of [root, `${root}/`, pathToFileURL(root)]) {
      using isolate = new Isolate({ modules: { root: given } })
      expect(await read(isolate, './main.mjs')).toBe('from JSON')
      expect(await read(isolate, join(root, 'main.mjs'))).toBe('from JSON')
      expect(await read(isolate, pathToFileURL(join(root, 'main.mjs')).href)).toBe('from JSON')
    }
  })

  it('tell where they are', async () => {
    const root = tree({
      'a b/ü.mjs': 'export default { ...import.meta, resolve: import.meta.resolve("../x.mjs") }',
      'x.mjs': '',
    })
    using isolate = new Isolate({ modules: { root } })
    expect(await read(isolate, './a b/ü.mjs')).toEqual({
      dirname: join(root, 'a b'),
      filename: join(root, 'a b/ü.mjs'),
      resolve: pathToFileURL(join(root, 'x.mjs')).href,
      url: pathToFileURL(join(root, 'a b/ü.mjs')).href,
    })
  })

  it('are what their ending, their package and their text say', async () => {
    const root = tree({
      'esm.mjs': 'export default typeof require',
      'cjs.cjs': 'module.exports = typeof require',
      'detected.js': 'export default typeof require',
      'script.js': 'module.exports = typeof require',
      'typed/package.json': { type: 'module' },
      'typed/x.js': 'export default typeof require',
      'old/package.json': { type: 'commonjs' },
      'old/x.js': 'exports.default = 1',
      noending: 'export default typeof require',
      'image.png': '',
    })
    using isolate = new Isolate({ modules: { root } })
    expect(await read(isolate, './esm.mjs')).toBe('undefined')
    expect(await read(isolate, './cjs.cjs')).toBe('function')
    expect(await read(isolate, './detected.js')).toBe('undefined')
    expect(await read(isolate, './script.js')).toBe('function')
    expect(await read(isolate, './typed/x.js')).toBe('undefined')
    expect(await read(isolate, './old/x.js')).toEqual({ default: 1 })
    expect(await read(isolate, './noending')).toBe('undefined')
    expect(await failure(read(isolate, './image.png'))).toMatchObject({ code: 'ERR_MODULE_FORMAT' })
  })

  it('need their names in full, and the error knows the name', async () => {
    const root = tree({ 'lib/index.js': '', 'a.js': '' })
    using isolate = new Isolate({ modules: { root } })
    expect((await failure(read(isolate, './a'))).message).toContain(
      `the name of the file in full is needed: ${root}/a.js`,
    )
    expect((await failure(read(isolate, './lib'))).message).toContain(`lib is a directory`)
  })

  it('are modules of their own for each query', async () => {
    const root = tree({ 'a.mjs': 'export default import.meta.url.split("?")[1]' })
    using isolate = new Isolate({ modules: { root } })
    expect(
      await Promise.all([read(isolate, './a.mjs?x'), read(isolate, './a.mjs?y'), read(isolate, './a.mjs')]),
    ).toEqual(['x', 'y', undefined])
  })

  it('are read anew by an isolate that is made after they have changed', async () => {
    const root = tree({ 'a.mjs': 'export default 1' })
    {
      using isolate = new Isolate({ modules: { root } })
      expect(await read(isolate, './a.mjs')).toBe(1)
    }
    writeFileSync(join(root, 'a.mjs'), 'export default 2')
    utimesSync(join(root, 'a.mjs'), 1, 1)
    using isolate = new Isolate({ modules: { root } })
    expect(await read(isolate, './a.mjs')).toBe(2)
  })
})

describe('what is outside of the root', () => {
  const outside = 'export default "secret"'

  it('cannot be reached by any specifier', async () => {
    const base = tree({
      'secret.mjs': outside,
      'root-2/secret.mjs': outside,
      'root/a.mjs': 'export default 1',
      'root/lib/a.mjs': 'export default 1',
    })
    using isolate = new Isolate({ modules: { root: join(base, 'root'), packages: true } })
    const secret = join(base, 'secret.mjs')
    const specifiers = [
      '../secret.mjs',
      './../secret.mjs',
      './lib/../../secret.mjs',
      './lib/..%2f..%2fsecret.mjs',
      './%2e%2e/secret.mjs',
      './lib/%2e%2e/%2e%2e/secret.mjs',
      '..\\secret.mjs',
      './..\\secret.mjs',
      '/secret.mjs',
      secret,
      pathToFileURL(secret).href,
      `file://localhost${secret}`,
      `FILE://${secret}`,
      `file:${secret}`,
      `//${secret}`,
      '../root-2/secret.mjs',
      join(base, 'root-2/secret.mjs'),
      './a.mjs/../../secret.mjs',
      './lib/a.mjs\0/../../../secret.mjs',
      '/etc/passwd',
      'file:///etc/passwd',
      '/proc/self/environ',
      'data:text/javascript,export default 1',
      'blob:x',
      'http://127.0.0.1/x.mjs',
      'isolates/../../secret.mjs',
      '#secret',
      '..',
      '.',
      '/',
      '',
    ]
    for (const specifier of specifiers) {
      const error = await failure(read(isolate, specifier))
      expect(error.code, specifier).toMatch(/^ERR_MODULE_(?:FORBIDDEN|NOT_FOUND)$/)
    }
  })

  it('cannot be reached through links to files, to directories, or to links', async () => {
    const base = tree({
      'secret.mjs': outside,
      'away/secret.mjs': outside,
      'away/package.json': { exports: './secret.mjs' },
      'root/inside.mjs': 'export default "inside"',
      'root/file.mjs': { link: '../secret.mjs' },
      'root/directory': { link: '../away' },
      'root/twice.mjs': { link: './file.mjs' },
      'root/node_modules/away': { link: '../../away' },
      'root/fine.mjs': { link: './inside.mjs' },
      'root/package.json': { imports: { '#up': '../secret.mjs', '#away': 'away' } },
      'root/self.mjs': { link: 'self.mjs' },
    })
    using isolate = new Isolate({ modules: { root: join(base, 'root'), packages: true } })
    for (const specifier of [
      './file.mjs',
      './directory/secret.mjs',
      './twice.mjs',
      'away',
      '#up',
      '#away',
      './self.mjs',
    ]) {
      expect((await failure(read(isolate, specifier))).code, specifier).toMatch(/^ERR_MODULE_(?:FORBIDDEN|NOT_FOUND)$/)
    }
    expect(await read(isolate, './fine.mjs')).toBe('inside')
    const viaRequire = "import('memory:///x').catch(() => 0)"
    expect(await isolate.run(viaRequire)).toBe(0)
  })

  it('cannot be reached by require, by hooks that the guest feeds, nor by a link that comes later', async () => {
    const base = tree({
      'secret.cjs': 'module.exports = "secret"',
      'root/try.cjs':
        'exports.tries = ["../secret.cjs", "../secret", "./link.cjs", "/etc/passwd"].map((s) => { try { return require(s) } catch (e) { return e.code } })',
      'root/late.mjs': 'export default (s) => import(s)',
    })
    symlinkSync('../secret.cjs', join(base, 'root/link.cjs'))
    using isolate = new Isolate({ modules: { root: join(base, 'root') } })
    expect(await isolate.run("import('./try.cjs').then((n) => n.tries)")).toEqual(Array(4).fill('ERR_MODULE_FORBIDDEN'))
    mkdirSync(join(base, 'root/sub'))
    writeFileSync(join(base, 'root/sub/x.cjs'), 'module.exports = 1')
    expect(await isolate.run("import('./late.mjs').then((n) => n.default('./sub/x.cjs')).then((n) => n.default)")).toBe(
      1,
    )
    rmSync(join(base, 'root/sub'), { recursive: true })
    symlinkSync('..', join(base, 'root/sub'))
    expect(await failure(isolate.run("import('./late.mjs').then((n) => n.default('./sub/secret.cjs'))"))).toMatchObject(
      { code: 'ERR_MODULE_FORBIDDEN' },
    )
  })

  it('is all there is without a root', async () => {
    using isolate = new Isolate({ modules: { sources: { a: 'export default 1' }, packages: true } })
    for (const specifier of ['/etc/passwd', 'file:///etc/passwd', './package.json', 'vitest']) {
      expect((await failure(read(isolate, specifier))).code, specifier).toMatch(/^ERR_MODULE_(?:FORBIDDEN|NOT_FOUND)$/)
    }
    expect(await read(isolate, 'a')).toBe(1)
  })
})
