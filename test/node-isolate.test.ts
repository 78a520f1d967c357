import { pathToFileURL } from 'node:url'
import {
  Channel,
  type ConsoleEntry,
  Isolate,
  IsolateClosedError,
  type IsolateOptions,
  MemoryLimitError,
  NotShareableError,
  RemoteError,
  SharedStore,
  TimeoutError,
} from 'isolates'
import { afterEach, describe, expect, it } from 'vitest'
import { tree } from './helpers/tree.js'
import { patience, until } from './helpers/until.js'

const made: Isolate[] = []
const open = (options: IsolateOptions = {}): Isolate => {
  const isolate = new Isolate({ runtime: 'node', ...options })
  made.push(isolate)
  return isolate
}

afterEach(() => {
  for (const isolate of made.splice(0)) isolate.terminate()
})

describe('an isolate with all of Node', () => {
  it('is an Isolate like any other', async () => {
    const isolate = open({ name: 'full' })
    expect(isolate).toBeInstanceOf(Isolate)
    expect(isolate.name).toBe('full')
    expect(Isolate.all()).toContain(isolate)
    expect(await isolate.run('6 * 7')).toBe(42)
    expect(isolate.state).toBe('idle')
    await isolate.close()
    expect(isolate.state).toBe('closed')
    expect(await isolate.closed).toEqual({ kind: 'close' })
    expect(Isolate.all()).not.toContain(isolate)
  })

  it('has require, import and the rest of Node', async () => {
    const isolate = open()
    expect(await isolate.run("require('node:os').EOL")).toBe('\n')
    expect(await isolate.run("(await import('node:path')).posix.join('a', 'b')")).toBe('a/b')
    expect(await isolate.run('process.pid')).toBe(process.pid)
    expect(
      await isolate.call(async () => {
        const { createServer, get } = process.getBuiltinModule('node:http')
        const server = createServer((_request, response) => response.end('served'))
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        const { port } = server.address() as { port: number }
        const text = await new Promise<string>((resolve) => {
          get({ host: '127.0.0.1', port }, (response) => {
            response.setEncoding('utf8').on('data', resolve)
          })
        })
        server.close()
        return text
      }),
    ).toBe('served')
  })

  it('calls functions with copies, and keeps what scripts declare', async () => {
    const isolate = open({ globals: { base: 40 } })
    expect(await isolate.call((a: number, b: number) => a + b, [1, 2])).toBe(3)
    expect(
      await isolate.call((map: Map<string, Date>) => map.get('then')?.getTime(), [new Map([['then', new Date(5)]])]),
    ).toBe(5)
    await isolate.run('let count = 1; function next() { return ++count }')
    expect(await isolate.run('next() + base')).toBe(42)
    await isolate.set({ base: 1 })
    expect(await isolate.get('base')).toBe(1)
    expect(await isolate.get('count')).toBe(2)
  })

  it('answers calls that wait on the calling thread, promises included', () => {
    const isolate = open()
    expect(isolate.runSync('6 * 7')).toBe(42)
    expect(isolate.callSync((text: string) => text.toUpperCase(), ['a'])).toBe('A')
    expect(isolate.runSync("new Promise((resolve) => setTimeout(resolve, 5, 'late'))")).toBe('late')
  })

  it('serves calls of the guest that wait while its host waits for it', () => {
    const isolate = open({ expose: { add: { sync: (a: number, b: number) => a + b } } })
    expect(isolate.runSync('add(1, 2)')).toBe(3)
    expect(isolate.runSync('let sum = 0; for (let i = 0; i < 1000; i++) sum = add(sum, i); sum')).toBe(499500)
  })

  it('is told when it waits for what its host cannot do while that waits for it', () => {
    const isolate = open({ expose: { now: () => 42, later: () => new Promise((resolve) => setTimeout(resolve, 1)) } })
    expect(isolate.runSync('(await now()) + 1')).toBe(43)
    expect(isolate.runSync('later().catch((error) => error.code)')).toBe('ERR_PENDING_PROMISE')
  })

  it('calls functions of the host, with errors and streams', async () => {
    const isolate = open({
      expose: {
        double: async (n: number) => n * 2,
        fail: () => {
          throw Object.assign(new RangeError('no'), { code: 'ENO' })
        },
        count: async function* () {
          yield 1
          yield 2
        },
      },
    })
    expect(await isolate.run('double(21)')).toBe(42)
    expect(
      await isolate.run('fail().catch((error) => error instanceof RangeError && error.code + error.message)'),
    ).toBe('ENOno')
    expect(await isolate.run('const seen = []; for await (const n of await count()) seen.push(n); seen')).toEqual([
      1, 2,
    ])
    expect(await isolate.call((twice: (n: number) => Promise<number>) => twice(4), [async (n: number) => n * 2])).toBe(
      8,
    )
  })

  it('keeps values that the host refers to', async () => {
    const isolate = open()
    using map = await isolate.ref('new Map([[1, 2]])')
    expect(await isolate.call((m: Map<number, number>) => m.get(1), [map as never])).toBe(2)
    expect(await map.get('size')).toBe(1)
    const path = await isolate.import<typeof import('node:path')>('node:path')
    expect(await path.basename('/a/b')).toBe('b')
    using generate = await isolate.ref('(function* () { yield 1; yield 2 })')
    const seen: unknown[] = []
    for await (const value of (await generate.call()) as AsyncIterable<unknown>) seen.push(value)
    expect(seen).toEqual([1, 2])
  })

  it('shares channels and stores with bare isolates and the host', async () => {
    const isolate = open()
    const bare = new Isolate()
    made.push(bare)
    const numbers = new Channel<number>()
    const results = new Channel<number>()
    const store = new SharedStore<number>()
    await isolate.set({ numbers, store })
    await bare.set({ numbers, results, store })
    const loop = bare.run("for await (const n of numbers) await results.send(n * store.get('factor'))")
    await isolate.run("store.set('factor', 3); for (const n of [1, 2]) await numbers.send(n)")
    expect([await results.receive(), await results.receive()]).toEqual([3, 6])
    numbers.close()
    await loop
    expect(
      await isolate.run(
        "const { Channel } = require('isolates'); numbers instanceof Channel && numbers instanceof isolates.Channel",
      ),
    ).toBe(true)
  })

  it('tells errors with both stacks, code, cause and own properties', async () => {
    const isolate = open()
    const error = await isolate
      .run("throw Object.assign(new TypeError('bad', { cause: new Error('deep') }), { code: 'EBAD', extra: [1] })", {
        filename: 'task.js',
      })
      .catch((error: unknown) => error as RemoteError)
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({
      name: 'TypeError',
      message: 'bad',
      code: 'EBAD',
      extra: [1],
      cause: { message: 'deep' },
    })
    expect((error as Error).stack).toMatch(/task\.js:1/)
    expect((error as Error).stack).toMatch(/node-isolate\.test\.ts/)
    await expect(isolate.call(() => Promise.reject(new Error('later')))).rejects.toThrow('later')
    const notShareable = await isolate.run('({ list: [1, { fn() {} }] })').catch((error: unknown) => error)
    expect(notShareable).toBeInstanceOf(NotShareableError)
    expect(notShareable).toMatchObject({ path: 'result.list[1].fn' })
  })

  it('stops a loop when its time is up, and lives on', async () => {
    const isolate = open()
    await isolate.run('let kept = 1')
    const error = await isolate
      .run('function spin() { for (;;); } spin()', { timeout: patience / 60, filename: 'loop.js' })
      .catch((error: unknown) => error)
    expect(error).toBeInstanceOf(TimeoutError)
    expect((error as Error).stack).toMatch(/spin \(loop\.js/)
    expect(() => isolate.runSync('for (;;);', { timeout: 30 })).toThrow(TimeoutError)
    await expect(isolate.run('new Promise(() => {})', { timeout: 30 })).rejects.toThrow(TimeoutError)
    await expect(isolate.run('Promise.resolve().then(() => { for (;;); })', { timeout: 30 })).rejects.toThrow(
      TimeoutError,
    )
    expect(await isolate.run('kept')).toBe(1)
  })

  it('stops a call whose caller gives it up', async () => {
    const isolate = open()
    await isolate.run('0')
    const reason = new Error('enough')
    for (const source of ['for (;;);', 'new Promise(() => {})']) {
      const controller = new AbortController()
      const call = isolate.run(source, { signal: controller.signal })
      const later = isolate.run("'not begun'", { signal: controller.signal })
      setTimeout(() => controller.abort(reason), 20)
      await expect(call).rejects.toBe(reason)
      await later.catch((error: unknown) => expect(error).toBe(reason))
    }
    expect(await isolate.run('1')).toBe(1)
  })

  it('prints on the console of its host, at once and in order', async () => {
    const entries: Pick<ConsoleEntry, 'method' | 'stream' | 'text'>[] = []
    const isolate = open({ console: ({ method, stream, text }) => void entries.push({ method, stream, text }) })
    await isolate.run("console.log('one', { two: 2 }); process.stdout.write('part'); console.error('three')")
    expect(entries).toEqual([
      { method: 'log', stream: 'stdout', text: 'one { two: 2 }' },
      { method: 'write', stream: 'stdout', text: 'part' },
      { method: 'error', stream: 'stderr', text: 'three' },
    ])
    const busy = isolate.run("console.log('busy'); for (;;);", { timeout: 60_000 })
    busy.catch(() => {})
    await until(() => entries.length === 4, 'output of a busy thread')
    isolate.terminate()
  })

  it('reports errors that nobody handles, and lives on', async () => {
    const isolate = open({ console: 'ignore' })
    const told: string[] = []
    isolate.on('error', (error, { kind }) => told.push(`${kind} ${error.message}`))
    await isolate.run("setTimeout(() => { throw new Error('thrown') }); Promise.reject(new Error('rejected')); 0")
    await until(() => told.length === 2, 'both errors')
    expect(told.sort()).toEqual(['uncaughtException thrown', 'unhandledRejection rejected'])
    expect(await isolate.run('1')).toBe(1)
  })

  it('ends at the first of them when it is told to', async () => {
    const isolate = open({ uncaughtErrors: 'close', console: 'ignore' })
    await isolate.run("setTimeout(() => { throw new Error('thrown') }); 0")
    const { kind, cause } = await isolate.closed
    expect([kind, (cause as Error).message]).toEqual(['error', 'thrown'])
  })

  it('leaves errors to the listeners that its program has', async () => {
    const isolate = open({ console: 'ignore' })
    const told: unknown[] = []
    isolate.on('error', (error) => told.push(error))
    const message = isolate.run(
      "new Promise((resolve) => { process.on('uncaughtException', ({ message }) => resolve(message)); setTimeout(() => { throw new Error('mine') }) })",
    )
    expect(await message).toBe('mine')
    expect(told).toEqual([])
  })

  it('ends by process.exit(), and calls in flight are told', async () => {
    const isolate = open()
    const waiting = isolate.run('new Promise(() => {})')
    const exiting = isolate.run('process.exit(3)')
    const queued = isolate.run('1')
    for (const outcome of await Promise.allSettled([waiting, exiting, queued])) {
      expect(outcome.status).toBe('rejected')
      const { reason } = outcome as PromiseRejectedResult
      expect(reason).toBeInstanceOf(IsolateClosedError)
      expect(reason).toMatchObject({ reason: { kind: 'exit' } })
    }
    expect(await isolate.closed).toEqual({ kind: 'exit', exitCode: 3 })
  })

  it('ends when it is terminated, whatever it does', async () => {
    for (const source of [
      'for (;;);',
      'new Promise(() => {})',
      'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
      'new isolates.Channel().receiveSync()',
      'setInterval(() => {}, 1); setTimeout(() => { for (;;); }); new Promise(() => {})',
    ]) {
      const isolate = open()
      await isolate.run('0')
      const call = isolate.run(source)
      call.catch(() => {})
      isolate.terminate('enough')
      await expect(call).rejects.toThrow(IsolateClosedError)
      expect(await isolate.closed).toEqual({ kind: 'terminate', cause: 'enough' })
    }
    const early = open()
    const call = early.run('1')
    early.terminate()
    await expect(call).rejects.toThrow(IsolateClosedError)
    expect(await early.closed).toEqual({ kind: 'terminate' })
  })

  it('closes when its calls are answered and its event loop has nothing left', async () => {
    const isolate = open()
    const done = new Channel<string>()
    await isolate.set({ done })
    const call = isolate.run("new Promise((resolve) => setTimeout(resolve, 20, 'answered'))")
    await isolate.run("setTimeout(() => done.trySend('timer'), 60); 0")
    const closed = isolate.close()
    await expect(isolate.run('1')).rejects.toThrow(IsolateClosedError)
    expect(await call).toBe('answered')
    await closed
    expect(done.tryReceive()).toBe('timer')
  })

  it('ends when it has outgrown its memory', async () => {
    const isolate = open({ memoryLimit: 32 })
    await expect(
      isolate.run('const list = []; for (;;) list.push(new Array(100).fill({}).map(() => ({})))'),
    ).rejects.toThrow(MemoryLimitError)
    expect(await isolate.closed).toEqual({ kind: 'memory-limit' })
  })

  it('ends when the callback of a timer never comes back after a call has run out of time', async () => {
    const isolate = open({ console: 'ignore' })
    // Time enough for the callback to begin, on a busy machine too.
    await expect(
      isolate.run('new Promise((resolve) => setTimeout(() => { for (;;); }, 1))', { timeout: patience / 60 }),
    ).rejects.toThrow(TimeoutError)
    const { kind, cause } = await isolate.closed
    expect([kind, cause]).toEqual(['error', expect.any(TimeoutError)])
  })
})

describe('options of an isolate with all of Node', () => {
  it('give it an environment and arguments', async () => {
    const isolate = open({ env: { ONLY: 'this' }, argv: ['a', 'b'], execArgv: ['--no-warnings'] })
    expect(await isolate.run('({ ...process.env })')).toEqual({ ONLY: 'this' })
    expect(await isolate.run('process.argv.slice(2)')).toEqual(['a', 'b'])
    expect(await isolate.run('process.execArgv')).toEqual(['--no-warnings'])
    expect(await isolate.run("require('node:worker_threads').workerData")).toBeNull()
  })

  it('say where imports begin', async () => {
    const root = tree({
      'app.mjs':
        "import { word } from 'dep'; export const text = (mark) => word + mark; export { Channel } from 'isolates'",
      'lib/part.cjs': "module.exports = { part: require('./other.cjs') + 1 }",
      'lib/other.cjs': 'module.exports = 41',
      'node_modules/dep/package.json': '{ "name": "dep", "type": "module", "exports": "./main.js" }',
      'node_modules/dep/main.js': "export const word = 'hello'",
      'node_modules/isolates/package.json': '{ "name": "isolates", "exports": "./index.cjs" }',
      'node_modules/isolates/index.cjs': 'exports.Channel = globalThis.isolates.Channel',
    })
    for (const folder of [root, pathToFileURL(root)]) {
      const isolate = open({ modules: { root: folder } })
      const app = await isolate.import<{ text: (mark: string) => string }>('./app.mjs')
      expect(await app.text('!')).toBe('hello!')
      expect(await isolate.run("require('./lib/part.cjs').part")).toBe(42)
      expect(await isolate.call(() => require('./lib/part.cjs').part)).toBe(42)
      expect(await isolate.run("(await import('dep')).word")).toBe('hello')
      const missing = await isolate.import('./none.mjs').catch((error: unknown) => error)
      expect(missing).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
    }
  })

  it('of calls are refused where they mean nothing', () => {
    const isolate = open()
    const refusal = expect.objectContaining({ code: 'ERR_INVALID_OPTION' })
    expect(() => isolate.run('1', { cpuTimeout: 10 })).toThrow(refusal)
    expect(() => isolate.call(() => 1, [], { cpuTimeout: 10 })).toThrow(refusal)
    expect(() => isolate.runSync('1', { cpuTimeout: 10 })).toThrow(refusal)
    expect(() => isolate.callSync(() => 1, [], { cpuTimeout: 10 })).toThrow(refusal)
  })

  it('are refused where they mean nothing', () => {
    const refused = (options: IsolateOptions, message: RegExp): void => {
      expect(() => new Isolate(options)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringMatching(message) }),
      )
    }
    refused({ env: {} }, /options\.env is for isolates with runtime: 'node'/)
    refused({ runtime: 'bare', argv: [] }, /options\.argv/)
    refused({ execArgv: [] }, /options\.execArgv/)
    refused({ runtime: 'node', fetch: true }, /options\.fetch is for bare isolates/)
    refused({ runtime: 'node', maxIsolates: 1 }, /options\.maxIsolates/)
    for (const limit of [
      'cpuTimeout',
      'maxQueue',
      'maxSourceSize',
      'maxMessageSize',
      'maxTimers',
      'maxConsoleOutput',
    ]) {
      refused({ runtime: 'node', [limit]: 100 }, new RegExp(`options\\.${limit} is for bare isolates`))
    }
    refused({ runtime: 'node', modules: { sources: {} } }, /options\.modules\.sources is for bare isolates/)
    expect(() => new Isolate({ runtime: 'deno' as never })).toThrow(/'bare' or 'node'/)
    expect(() => open({ modules: { root: '/nowhere/at/all' } })).toThrow(/a directory that is there/)
    expect(() => open({ execArgv: ['--no-such-flag'] })).toThrow(/--no-such-flag/)
  })
})
