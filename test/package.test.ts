import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { child, node, report, root } from './helpers/child.js'
import { Isolate } from './helpers/isolates.js'

const names = [
  'Barrier',
  'BrokenBarrierError',
  'Channel',
  'ChannelClosedError',
  'Event',
  'InspectorSession',
  'Isolate',
  'IsolateClosedError',
  'IsolateError',
  'MemoryLimitError',
  'Mutex',
  'NestedIsolate',
  'NotShareableError',
  'Pool',
  'PoolError',
  'RemoteError',
  'RemoteReference',
  'RemoteStream',
  'Semaphore',
  'Server',
  'SharedStore',
  'TimeoutError',
  'evaluate',
  'evaluateSettled',
  'isShareable',
  'prewarm',
  'serve',
  'share',
  'stats',
]

describe('the package', () => {
  it('gives the same classes to require and to import', async () => {
    const source = `
      import * as module from 'isolates'
      import { createRequire } from 'node:module'
      const required = createRequire(process.cwd() + '/x.js')('isolates')
      const names = Object.keys(module).filter((name) => name !== 'default' && name !== 'module.exports').sort()
      console.log(JSON.stringify([names, Object.keys(required).filter((name) => name !== 'default').sort(), names.every((name) => module[name] === required[name])]))`
    expect(await report(source, { module: true })).toEqual([names, names, true])
  })

  it('loads without a word, and the process ends', async () => {
    expect(await child("require('isolates')")).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
  })

  it('can be loaded twice in one process and one thread, with one count of ids', async () => {
    const source = `
      const first = require('isolates')
      for (const key of Object.keys(require.cache)) if (!key.endsWith('.node')) delete require.cache[key]
      const second = require('isolates')
      const ids = [new first.Isolate(), new second.Isolate(), new first.Isolate()].map((isolate) => isolate.id)
      console.log(JSON.stringify([first === second, new Set(ids).size, new second.Isolate().runSync('6 * 7')]))`
    expect(await report(source)).toEqual([false, 3, 42])
  })

  it('works from a folder of another project, through a link', async () => {
    const source = "console.log(JSON.stringify(new (require('isolates').Isolate)().runSync('6 * 7')))"
    expect(await report(source, { cwd: project })).toBe(42)
  })

  it('is limited to what package.json exports', async () => {
    expect((await child("require('isolates/dist/native.js')")).stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  it('prints the line of its own that an error was thrown from, and not all of itself', async () => {
    const { stderr } = await child("new (require('isolates').Isolate)({ wrong: 1 })")
    expect(stderr).toContain('There is no option "wrong" here')
    expect(Math.max(...stderr.split('\n').map((line) => line.length))).toBeLessThan(1000)
  })
})

// Another project, which has the package among its modules.
let project = ''

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'isolates-'))
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(root, join(project, 'node_modules/isolates'), 'dir')
  writeFileSync(join(project, 'package.json'), '{}')
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

describe('the types', () => {
  const program = `
    const isolate = new Isolate({ name: 'x', memoryLimit: 64, globals: { a: 1 }, timeout: 5, console: (entry: ConsoleEntry) => { const s: string = entry.text } })
    const a: Promise<number> = isolate.run<number>('1', { timeout: 5, signal: new AbortController().signal, filename: 'x.js', lineOffset: 1, columnOffset: 1, transfer: [], globals: {} })
    const b: number = isolate.runSync<number>('1')
    const c: Promise<number> = isolate.call((x: number, y: string) => x + y.length, [1, 'a'])
    const d: Promise<string> = isolate.call(async () => 'x')
    const e: number = isolate.callSync((x: number) => x, [1])
    const f: Promise<number> = isolate.get<number>('a')
    const g: Promise<void> = isolate.set({ a: 1 })
    const h: IsolateStats = isolate.stats()
    const i: Promise<CloseReason> = isolate.closed
    const j: 'idle' | 'running' | 'closed' = isolate.state
    const k: (Isolate | NestedIsolate)[] = Isolate.all()
    const l: Isolate | null = Isolate.current
    const m: string = new NotShareableError('x', 'args[0]' as never).path
    const n: Disposable & AsyncDisposable = isolate
    // @ts-expect-error an unknown option
    new Isolate({ memorylimit: 64 })
    // @ts-expect-error an argument of the wrong type
    isolate.call((x: number) => x, ['a'])
    // @ts-expect-error sync calls take no signal
    isolate.runSync('1', { signal: new AbortController().signal })
    // @ts-expect-error read-only
    isolate.id = 5
    export type Options = [IsolateOptions, RunOptions, RunSyncOptions]
  `
  const imported =
    'Isolate, NestedIsolate, NotShareableError, type CloseReason, type ConsoleEntry, type IsolateOptions, type IsolateStats, type RunOptions, type RunSyncOptions'

  it('are found and right from CommonJS and from ES modules', async () => {
    for (const extension of ['cts', 'mts'])
      writeFileSync(join(project, `program.${extension}`), `import { ${imported} } from 'isolates'\n${program}`)
    const options = {
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable'],
      strict: true,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    }
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['program.cts', 'program.mts'] }),
    )
    const { stdout } = await node([join(root, 'node_modules/typescript/bin/tsc'), '-p', project])
    expect(stdout).toBe('')
  })

  it('name files that exist, for every entry of package.json', () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const files = Object.values(exports['.'] as Record<string, Record<string, string>>).flatMap((entry) =>
      Object.values(entry),
    )
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) expect(readFileSync(join(root, file), 'utf8').length, file).toBeGreaterThan(0)
  })
})

describe('disposal by using', () => {
  it('terminates at the end of the block, also when it is left by an error', () => {
    let inside: Isolate | undefined
    expect(() => {
      using isolate = new Isolate()
      inside = isolate
      throw new Error('out')
    }).toThrow('out')
    expect(inside?.state).toBe('closed')
  })

  it('goes through Symbol.dispose and Symbol.asyncDispose', async () => {
    const one = new Isolate()
    one[Symbol.dispose]()
    const other = new Isolate()
    await other[Symbol.asyncDispose]()
    expect([(await one.closed).kind, (await other.closed).kind]).toEqual(['terminate', 'close'])
  })
})
