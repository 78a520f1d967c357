import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { child, report, root } from './helpers/child.js'
import { Isolate, type IsolateError } from './helpers/isolates.js'

/** What loading the package throws in a program that begins so. */
const loadError = (before = '', flags: string[] = []): Promise<{ code: string; message: string; help: string }> =>
  report(
    `${before}
    try { require('isolates'); console.log('null') }
    catch ({ code, message, help }) { console.log(JSON.stringify({ code, message, help })) }`,
    { flags: ['--no-warnings', ...flags] },
  )

const major = Number.parseInt(process.versions.node, 10)
const permission = major < 22 ? '--experimental-permission' : '--permission'

describe('an addon that does not load', () => {
  it('under the permission model names the flag it needs', async () => {
    const error = await loadError('', [permission, '--allow-fs-read=*'])
    expect(error.code).toBe('ERR_ADDON_NOT_LOADED')
    expect(error.message).toContain('start it with --allow-addons too')
    expect(error.help).toBe('isolates/docs/errors.md#err_addon_not_loaded')
  })

  it('under --no-addons says so', async () => {
    const error = await loadError('', ['--no-addons'])
    expect(error.code).toBe('ERR_ADDON_NOT_LOADED')
    expect(error.message).toContain('Node.js runs with --no-addons')
  })

  it('because process.dlopen() is guarded names the file to allow', async () => {
    const guard = "process.dlopen = (module, path) => { throw new Error('not allowed: ' + path) }"
    const error = await loadError(guard)
    expect(error.code).toBe('ERR_ADDON_NOT_LOADED')
    expect(error.message).toMatch(/not allowed: .*\.node\n/)
    expect(error.message).toContain('something has replaced process.dlopen(), and forbids it')
  })

  it('because the file is damaged says to install again', async () => {
    const error = await loadError(`process.env.ISOLATES_ADDON = ${JSON.stringify(join(root, 'package.json'))}`)
    expect(error.code).toBe('ERR_ADDON_NOT_LOADED')
    expect(error.message).toContain('is damaged, or for another machine')
  })

  it.each([
    ['was compiled against a different Node.js version using NODE_MODULE_VERSION 1', 'npm rebuild isolates'],
    ["/lib/libc.so.6: version `GLIBC_2.99' not found", 'npm rebuild isolates --build-from-source'],
    ['Error relocating x.node: __memcpy_chk: symbol not found', 'npm rebuild isolates --build-from-source'],
  ])('because the system says "%s"', async (message, advice) => {
    const guard = `process.dlopen = () => { throw Object.assign(new Error(${JSON.stringify(message)}), { code: 'ERR_DLOPEN_FAILED' }) }`
    expect((await loadError(guard)).message).toContain(advice)
  })

  it.each([
    ['bun', 'Bun'],
    ['deno', 'Deno'],
    ['electron', 'Electron'],
  ])('in %s is not even tried', async (key, name) => {
    const error = await loadError(
      `Object.defineProperty(process.versions, '${key}', { value: '1.2.3', enumerable: true })`,
    )
    expect(error.code).toBe('ERR_UNSUPPORTED_RUNTIME')
    expect(error.message).toContain(`works in Node.js only, and this is ${name} 1.2.3`)
  })
})

describe('flags of Node.js', () => {
  const program = `
    const { Isolate, Channel, SharedStore } = require('isolates')
    ;(async () => {
      const channel = new Channel(), store = new SharedStore()
      store.set('table', { rows: [{ id: 1 }] })
      const isolate = new Isolate({ globals: { channel, store }, expose: { ask: async (n) => n + 1, now: { sync: () => 1 } } })
      const sent = isolate.run("await channel.send(store.get('table').rows[0].id)")
      const values = [await isolate.run('6 * 7'), isolate.callSync((list) => list.map((n) => n * 2), [[1, 2]]).join(),
        await channel.receive(), await isolate.run("await ask(1) + now()"), await isolate.run("new URL('/b', 'https://a').href"),
        await isolate.run('throw new RangeError("x")').catch((error) => error.name), await isolate.run('eval("1 + 1")').catch((error) => error.name)]
      await sent
      await isolate.close()
      console.log(JSON.stringify(values))
    })()`

  it.each([
    [['--frozen-intrinsics']],
    [['--disallow-code-generation-from-strings']],
    [['--frozen-intrinsics', '--disallow-code-generation-from-strings']],
    [[permission, '--allow-fs-read=*', '--allow-addons']],
    [['--disable-proto=delete']],
    [['--disable-proto=throw']],
    [['--no-node-snapshot']],
    [['--max-old-space-size=64']],
    [['--enable-source-maps']],
  ])('%s', async (flags: string[]) => {
    // What this flag forbids, V8 forbids in all heaps of the process.
    const evaluated = flags.includes('--disallow-code-generation-from-strings') ? 'EvalError' : 2
    expect(await report(program, { flags: ['--no-warnings', ...flags] })).toEqual([
      42,
      '2,4',
      1,
      3,
      'https://a/b',
      'RangeError',
      evaluated,
    ])
  })
})

// Two installations, as a package manager makes them when two dependencies want different versions.
let project = ''

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'isolates-'))
  const [first, second] = ['one', 'two'].map((name) => join(project, 'node_modules', name)) as [string, string]
  for (const dir of [first, second]) {
    mkdirSync(dir, { recursive: true })
    cpSync(join(root, 'dist'), join(dir, 'dist'), { recursive: true })
    cpSync(join(root, 'package.json'), join(dir, 'package.json'))
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'), 'dir')
    mkdirSync(join(dir, 'build/Release'), { recursive: true })
    cpSync(
      process.env['ISOLATES_ADDON'] ?? join(root, 'build/Release/isolates.node'),
      join(dir, 'build/Release/isolates.node'),
    )
  }
  writeFileSync(join(project, 'package.json'), '{}')
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

describe('two installations in one process', () => {
  const run = <T>(source: string): Promise<T> =>
    report<T>(
      `delete process.env.ISOLATES_ADDON
      const one = require('one'), two = require('two')
      const done = (value) => console.log(JSON.stringify(value))
      ;(async () => { ${source} })()`,
      { cwd: project },
    )

  it('both work, each with its own isolates', async () => {
    const values = await run(`
      const [a, b] = [new one.Isolate(), new two.Isolate()]
      const values = [await a.run('1'), await b.run('2'), one.Isolate.all().length, two.Isolate.all().length, one.Isolate === two.Isolate]
      await Promise.all([a.close(), b.close()])
      done(values)`)
    expect(values).toEqual([1, 2, 1, 1, false])
  })

  it('cannot give each other’s channels and stores to their isolates, and say so', async () => {
    const errors = await run(`
      const isolate = new two.Isolate()
      const errors = []
      for (const value of [new one.Channel(), new one.SharedStore(), new one.Mutex()]) {
        try { await isolate.call((given) => String(given), [value]); errors.push('no error') } catch ({ message }) { errors.push(message) }
      }
      errors.push(await isolate.call((a) => a, [Symbol.iterator]).catch(({ message }) => message))
      await isolate.close()
      done(errors)`)
    const places = `isolates is loaded from ${join(realpathSync(project), 'node_modules/one')} and ${join(realpathSync(project), 'node_modules/two')}`
    const hint = `, which cannot be copied to another isolate; ${places}, and what one of them made is strange to the other`
    expect(errors).toEqual([
      ...['Channel', 'SharedStore', 'Mutex'].map((name) => `args[0] is a ${name}${hint}`),
      'args[0] is a symbol, which cannot be copied to another isolate',
    ])
  })

  it('have stores of their own for the same name', async () => {
    const values = await run(`
      new one.SharedStore('shared').set('key', 1)
      done([new one.SharedStore('shared').get('key'), new two.SharedStore('shared').get('key') ?? null])`)
    expect(values).toEqual([1, null])
  })

  it('end the process in peace while both have isolates at work', async () => {
    const source = `delete process.env.ISOLATES_ADDON
      const isolates = [require('one'), require('two')].map(({ Isolate }) => new Isolate())
      for (const isolate of isolates) isolate.run('for (;;);').catch(() => {})
      setTimeout(() => process.exit(7), 50)`
    const { code, signal, stderr } = await child(source, { cwd: project })
    expect({ code, signal, stderr }).toEqual({ code: 7, signal: null, stderr: '' })
  })
})

describe('errors', () => {
  it('name their place in the documentation, and do not print it', async () => {
    const isolate = new Isolate()
    const timeout = await isolate.run<never>('for (;;);', { timeout: 5 }).catch((error: IsolateError) => error)
    expect(timeout.help).toBe('isolates/docs/errors.md#err_timeout')
    expect(Object.keys(timeout)).not.toContain('help')
    const remote = await isolate
      .run<never>("throw Object.assign(new Error('x'), { code: 'ENOENT' })")
      .catch((error: IsolateError) => error)
    expect([remote.code, remote.help]).toEqual(['ENOENT', 'isolates/docs/errors.md#err_remote'])
    const missing = await isolate.run<never>("await import('nothing')").catch((error: IsolateError) => error)
    expect(missing.help).toBe('isolates/docs/errors.md#err_module_not_found')
    const misuse = (() => {
      try {
        return new Isolate({ timeout: -1 })
      } catch (error) {
        return error
      }
    })()
    expect((misuse as { help: string }).help).toBe('isolates/docs/errors.md#err_out_of_range')
    expect(Object.keys(misuse as object)).toEqual(['code'])
    await isolate.close()
  })

  it('of another realm, thrown by a host function, arrive as errors, without a line of the host’s stack', async () => {
    const fails = (): unknown =>
      runInNewContext("throw Object.assign(new TypeError('strange'), { code: 'E', cause: new Error('deeper') })")
    const isolate = new Isolate({ expose: { fails } })
    const seen = await isolate.run<unknown>(`try { await fails() } catch (error) {
      ;[error instanceof TypeError, error.message, error.code, error.cause.message, /evalmachine|loading\\.test/.test(error.stack + error.cause.stack)]
    }`)
    expect(seen).toEqual([true, 'strange', 'E', 'deeper', false])
    await isolate.close()
  })
})
