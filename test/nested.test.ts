import { once } from 'node:events'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { Gate } from './helpers/gate.js'
import { Channel, type ConsoleEntry, Isolate, NestedIsolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { until } from './helpers/until.js'

const child = 'globalThis.child = new isolates.Isolate({ name: "child" })'

/** Guest source that has garbage collected in an isolate of 16 MiB. */
const garbage = 'globalThis.kept = []; for (let i = 0; i < 20; i++) kept[i % 3] = new Array(30000).fill(i)'

/** An isolate whose guest has made one named `child`. */
function parent(options: ConstructorParameters<typeof Isolate>[0] = {}): Isolate {
  const isolate = new Isolate({ name: 'parent', ...options })
  isolate.runSync(`${child}; undefined`)
  return isolate
}

// A3, A4, A6
describe('an isolate that a guest makes', () => {
  it('runs scripts, with await at the top level too', async () => {
    using isolate = parent()
    expect(await isolate.run("child.run('6 * 7')")).toBe(42)
    expect(await isolate.run("child.run('const half = await 21; half * 2')")).toBe(42)
    expect(await isolate.run("child.run('half')")).toBe(21)
    expect(isolate.runSync("child.runSync('half + 1')")).toBe(22)
  })

  it('calls functions with copies of arguments', async () => {
    using isolate = parent()
    expect(await isolate.run('child.call((a, b) => [a, ...b], [1, [2, { three: 3 }]])')).toEqual([1, 2, { three: 3 }])
    expect(isolate.runSync('child.callSync((a, b) => a + b, [20, 22])')).toBe(42)
    expect(await isolate.run('child.call(async (n) => n * 2, [21])')).toBe(42)
  })

  it('takes and gives globals', async () => {
    using isolate = new Isolate()
    const source =
      'const made = new isolates.Isolate({ globals: { a: 1 } }); await made.set({ b: 2 }); [await made.get("a"), await made.get("b"), await made.run("let c = a + b; c"), await made.get("c")]'
    expect(await isolate.run(source)).toEqual([1, 2, 3, 3])
  })

  it('is listed by the host, in order of creation, as the same object each time', async () => {
    using isolate = parent()
    using last = new Isolate()
    await isolate.run('child.run(\'globalThis.inner = new isolates.Isolate({ name: "inner" }); undefined\')')
    const all = Isolate.all()
    const [first, child, second, inner] = all
    expect([first, second]).toEqual([isolate, last])
    expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort((one, other) => one - other))
    expect(all).toHaveLength(4)
    expect(child).toBeInstanceOf(NestedIsolate)
    expect(child).toMatchObject({ name: 'child', parent: isolate.id, state: 'idle' })
    expect(inner).toMatchObject({ name: 'inner', parent: child?.id })
    expect(Isolate.all()[1]).toBe(child)
    expect(inspect(child)).toBe(
      `NestedIsolate { id: ${child?.id}, name: 'child', parent: ${isolate.id}, state: 'idle' }`,
    )
  })

  it('shows its figures to the host, and ends when the host says so', async () => {
    using isolate = parent()
    await isolate.run("child.run('1')")
    const [, child] = Isolate.all()
    expect(child?.stats()).toMatchObject({ state: 'idle', calls: 1 })
    expect(child?.stats().heapUsed).toBeGreaterThan(0)
    const running = isolate.run("child.run('for (;;);')")
    await until(() => child?.state === 'running', 'the child runs')
    child?.terminate()
    expect(await failure(running)).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
    expect(child?.state).toBe('closed')
    expect(Isolate.all()).toEqual([isolate])
    expect(child?.stats()).toMatchObject({ state: 'closed', calls: 0 })
    expect(await isolate.run('1')).toBe(1)
  })

  it('is not listed by a thread whose isolates have nothing to do with it', async () => {
    using isolate = parent()
    const worker = new Worker(
      `const { Isolate } = require('isolates')
       require('node:worker_threads').parentPort.postMessage(Isolate.all().length)`,
      { eval: true },
    )
    const [count] = await once(worker, 'message')
    expect(count).toBe(0)
    await worker.terminate()
    expect(Isolate.all()).toHaveLength(2)
    expect(isolate.state).toBe('idle')
  })

  it('has a heap of its own', async () => {
    using isolate = parent()
    await isolate.run('globalThis.x = 1; child.run("globalThis.x = 2; Array.prototype.polluted = true")')
    expect(isolate.runSync('[x, [].polluted, child.runSync("x")]')).toEqual([1, undefined, 2])
  })

  it('works while the thread of the host does nothing', async () => {
    using isolate = new Isolate()
    const cell = new Int32Array(new SharedArrayBuffer(4))
    const ignored = isolate.run(
      'const made = new isolates.Isolate({ globals: { cell } }); made.run("1").then(() => made.call(() => { Atomics.store(cell, 0, 1); Atomics.notify(cell, 0) })).then(() => 1)',
      { globals: { cell } },
    )
    expect(Atomics.wait(cell, 0, 0, 10_000)).not.toBe('timed-out')
    expect(cell[0]).toBe(1)
    await ignored
  })

  it('runs beside the one that made it, and beside its siblings', async () => {
    using isolate = new Isolate()
    const gate = new Gate()
    const source = `const all = [1, 2, 3].map(() => new isolates.Isolate({ globals: { gate } }))
      Promise.all(all.map((each) => each.run(${JSON.stringify(gate.spin)})))`
    const passed = isolate.run(source, { globals: gate.globals })
    await gate.reached(3)
    gate.open()
    expect(await passed).toEqual(['passed', 'passed', 'passed'])
  })

  it('makes isolates in its turn', async () => {
    using isolate = new Isolate()
    const nest = (depth: number): string =>
      depth === 0 ? '42' : `new isolates.Isolate().runSync(${JSON.stringify(nest(depth - 1))})`
    expect(isolate.runSync(nest(5))).toBe(42)
    expect(await isolate.run(nest(3))).toBe(42)
  })

  it('can be made while the guest that makes it runs elsewhere', async () => {
    using isolate = new Isolate()
    expect(await isolate.run("new isolates.Isolate().run('1 + 1')")).toBe(2)
    const many = 'Promise.all(Array.from({ length: 10 }, (_, i) => new isolates.Isolate().run(i + " ** 2")))'
    expect(await isolate.run(many)).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64, 81])
  })

  it('shares channels and stores with all others', async () => {
    using isolate = parent()
    const channel = new Channel<number>()
    const answers = new Channel<number>()
    await isolate.run(
      'child.set({ channel, answers }).then(() => { child.run("for await (const n of channel) await answers.send(n * n)") })',
      { globals: { channel, answers } },
    )
    await channel.send(12)
    expect(await answers.receive()).toBe(144)
    channel.close()
  })
})

describe('errors of a nested guest', () => {
  it('arrive with name, message, cause, own properties and the places of both', () => {
    using isolate = parent()
    const error = isolate.runSync(`try {
      child.runSync('throw Object.assign(new RangeError("far", { cause: 1 }), { own: 2 })', { filename: 'inner.js' })
    } catch (error) { ({ ...error, name: error.name, message: error.message, cause: error.cause, stack: error.stack, known: error instanceof isolates.RemoteError }) }`)
    expect(error).toMatchObject({
      name: 'RangeError',
      message: 'far',
      cause: 1,
      own: 2,
      code: 'ERR_REMOTE',
      known: true,
    })
    expect((error as Error).stack).toMatch(/at inner\.js:1:.*\n.*at child \(isolate boundary\)\n.*at isolate:run:2/s)
  })

  it('name both isolates when nobody catches them', async () => {
    using isolate = parent()
    const error = await failure(isolate.run("child.run('null.x', { filename: 'inner.js' })"))
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_REMOTE' })
    expect(error.stack).toMatch(/inner\.js.*child \(isolate boundary\).*parent \(isolate boundary\)/s)
  })

  it('tell by their path what cannot be copied', async () => {
    using isolate = parent()
    const path = (source: string): unknown =>
      isolate.runSync(`try { ${source} } catch (error) { [error.code, error.path] }`)
    expect(path('child.callSync((a) => a, [{ f() {} }])')).toEqual(['ERR_NOT_SHAREABLE', 'args[0].f'])
    expect(path('child.runSync("({ list: [Symbol()] })")')).toEqual(['ERR_NOT_SHAREABLE', 'result.list[0]'])
    expect(path('new isolates.Isolate({ globals: { m: new WeakMap() } })')).toEqual(['ERR_NOT_SHAREABLE', 'globals.m'])
    expect(path('child.callSync((a) => a, [child])')).toEqual(['ERR_NOT_SHAREABLE', 'args[0]'])
    expect((await failure(isolate.run('child'))).code).toBe('ERR_NOT_SHAREABLE')
  })

  it('are thrown at once for wrong options', () => {
    using isolate = parent()
    const code = (source: string): unknown => isolate.runSync(`try { ${source} } catch (error) { error.code }`)
    expect(code('new isolates.Isolate({ memoryLimit: "8" })')).toBe('ERR_INVALID_ARG_TYPE')
    expect(code('new isolates.Isolate({ memoryLimit: 7 })')).toBe('ERR_OUT_OF_RANGE')
    expect(code('new isolates.Isolate({ console: "loud" })')).toBe('ERR_INVALID_ARG_TYPE')
    expect(code('new isolates.Isolate({ spam: 1 })')).toBe('ERR_INVALID_OPTION')
    expect(code('new isolates.Isolate({ maxIsolates: -1 })')).toBe('ERR_OUT_OF_RANGE')
    expect(code('child.run(1)')).toBe('ERR_INVALID_ARG_TYPE')
    expect(code('child.callSync(function* () {})')).toBe('ERR_INVALID_FUNCTION')
    expect(code('child.callSync(class {})')).toBe('ERR_INVALID_FUNCTION')
    expect(code('child.runSync("1", { timeout: 0 })')).toBe('ERR_OUT_OF_RANGE')
    expect(code('isolates.Isolate()')).toBeUndefined()
  })

  it('come of a promise that has not settled in a synchronous call', () => {
    using isolate = parent()
    expect(isolate.runSync('try { child.runSync("new Promise(() => {})") } catch (error) { error.code }')).toBe(
      'ERR_PENDING_PROMISE',
    )
  })
})

// B22 to B38 as far as guests are concerned
describe('Isolate in a guest', () => {
  const ids = 'isolates.Isolate.all().map(({ id }) => id)'

  it('lists the guest itself and what is below it, in order of creation', () => {
    using isolate = parent()
    using other = parent()
    const grandchild = isolate.runSync('child.runSync("globalThis.own = new isolates.Isolate(); own.id")')
    const [self, first] = isolate.runSync(ids) as number[]
    expect(isolate.runSync(ids)).toEqual([isolate.id, first, grandchild])
    expect(self).toBe(isolate.id)
    expect(isolate.runSync(`child.runSync(${JSON.stringify(ids)})`)).toEqual([first, grandchild])
    expect(other.runSync(ids)).not.toContain(isolate.id)
    expect(other.runSync(ids)).toHaveLength(2)
  })

  it('no longer lists one that is closed', async () => {
    using isolate = parent()
    await isolate.run('const second = new isolates.Isolate(); await child.close()')
    const second = isolate.runSync('second.id')
    expect(isolate.runSync(ids)).toEqual([isolate.id, second])
  })

  it('gives the same object for the same id every time', () => {
    using isolate = parent()
    isolate.runSync('child.runSync("globalThis.own = new isolates.Isolate(); undefined")')
    expect(
      isolate.runSync(
        'const [a, b] = [isolates.Isolate.all(), isolates.Isolate.all()]; a.length === 3 && a.every((each, i) => each === b[i] && each instanceof isolates.Isolate)',
      ),
    ).toBe(true)
    expect(isolate.runSync('[a[0] === isolates.Isolate.current, a[1] === child]')).toEqual([true, true])
  })

  it('tells id, name and state, and lets nobody change them', () => {
    using isolate = parent()
    expect(isolate.runSync('child.id = 1; child.name = "other"; [child.name, child.id > 1, child.state]')).toEqual([
      'child',
      true,
      'idle',
    ])
    expect(isolate.runSync('isolates.Isolate.current.state')).toBe('running')
    expect(isolate.runSync('child.runSync("isolates.Isolate.current.name")')).toBe('child')
  })

  it('lets a guest use only what it made itself', () => {
    using isolate = parent()
    isolate.runSync('child.runSync("globalThis.own = new isolates.Isolate(); undefined")')
    const refused = isolate.runSync(`
      const codes = []
      for (const each of [isolates.Isolate.current, isolates.Isolate.all()[2]]) {
        for (const use of [() => each.run('1'), () => each.runSync('1'), () => each.callSync(() => 1), () => each.set({}), () => each.get('x'), () => each.terminate(), () => each.stats(), () => each.closed]) {
          try { use(); codes.push('none') } catch (error) { codes.push(error.code) }
        }
      }
      codes`)
    expect(new Set(refused as string[])).toEqual(new Set(['ERR_NOT_OWNER']))
    expect(refused).toHaveLength(16)
    expect(isolate.state).toBe('idle')
  })

  it('refuses to close the isolate it runs in', async () => {
    using isolate = new Isolate()
    expect((await failure(isolate.run('isolates.Isolate.current.close()'))).code).toBe('ERR_NOT_OWNER')
    expect(isolate.runSync('1')).toBe(1)
  })

  it('has figures of what it made', async () => {
    using isolate = parent()
    const stats = await isolate.run('child.run("[1, 2, 3]").then(() => child.stats())')
    expect(stats).toMatchObject({ state: 'idle', calls: 1, errors: 0, queued: 0 })
    expect((stats as { heapUsed: number }).heapUsed).toBeGreaterThan(100_000)
  })
})

describe('the end of a nested isolate', () => {
  it('comes by close after what is queued', async () => {
    using isolate = parent()
    const source =
      'const done = []; child.run("1").then((n) => done.push(n)); await child.close(); [done, child.state, await child.closed]'
    expect(await isolate.run(source)).toEqual([[1], 'closed', { kind: 'close' }])
    expect(await isolate.run('child.run("1").catch((error) => error.code)')).toBe('ERR_ISOLATE_CLOSED')
  })

  it('comes by terminate in the midst of a loop, with the reason', async () => {
    using isolate = parent()
    const gate = new Gate()
    const running = isolate.run(
      'child.set({ gate }).then(() => child.run("Atomics.add(gate, 0, 1); for (;;);")).catch((error) => [error.code, error.cause, error.name])',
      { globals: gate.globals },
    )
    await gate.reached()
    isolate.runSync('child.terminate("enough")')
    expect(await running).toEqual(['ERR_ISOLATE_CLOSED', 'enough', 'IsolateClosedError'])
    expect(await isolate.run('child.closed')).toEqual({ kind: 'terminate', cause: 'enough' })
  })

  it('comes with `using` where the guest has it', () => {
    using isolate = new Isolate()
    const source =
      'const made = new isolates.Isolate(); if (Symbol.dispose) made[Symbol.dispose](); else made.terminate(); made.state'
    expect(isolate.runSync(source)).toBe('closed')
  })

  it('comes with that of the one that made it', async () => {
    const isolate = parent()
    const gate = new Gate()
    await isolate.run('child.set({ gate }).then(() => { child.run("Atomics.add(gate, 0, 1); for (;;);") })', {
      globals: gate.globals,
    })
    await gate.reached()
    await isolate.close()
    expect(isolate.state).toBe('closed')
  })

  it('is awaited before that of the one that made it counts', async () => {
    const isolate = parent()
    const channel = new Channel<string>()
    await isolate.run('child.set({ channel })', { globals: { channel } })
    const gate = new Gate()
    await isolate.run(
      'child.set({ gate }).then(() => { child.run("new isolates.Mutex(); Atomics.add(gate, 0, 1); for (;;) channel.trySend(1)") })',
      {
        globals: gate.globals,
      },
    )
    await gate.reached()
    isolate.terminate()
    await isolate.closed
    // Nobody sends any more.
    while (channel.tryReceive() !== undefined);
    expect(channel.size).toBe(0)
  })

  it('comes when its handle is collected', async () => {
    using isolate = new Isolate({ memoryLimit: 16 })
    isolate.runSync('(() => { new isolates.Isolate().runSync("0") })()')
    await until(() => {
      // Who looks while V8 marks what is alive keeps the handle for that time.
      for (let i = 0; i < 20; i++) isolate.runSync(garbage)
      return isolate.runSync('isolates.Isolate.all().length') === 1
    }, 'the child is gone')
  })

  it('does not come while a call is in flight', async () => {
    using isolate = new Isolate({ memoryLimit: 16 })
    const gate = new Gate()
    const passed = isolate.run(`new isolates.Isolate({ globals: { gate } }).run(${JSON.stringify(gate.hold)})`, {
      globals: gate.globals,
    })
    await gate.reached()
    for (let i = 0; i < 20; i++) isolate.runSync(garbage)
    gate.open()
    expect(await passed).toBe('passed')
  })
})

describe('console output of a nested isolate', () => {
  it("goes where its maker's goes, with its own name", async () => {
    const entries: ConsoleEntry[] = []
    using isolate = parent({ console: (entry) => entries.push(entry) })
    isolate.runSync('child.runSync("console.log(1)"); console.log(2)')
    await isolate.run('child.run("console.error(3)")')
    await until(() => entries.length === 3, 'all printed')
    expect(entries.map(({ text, name, stream }) => [text, name, stream])).toEqual([
      ['1', 'child', 'stdout'],
      ['2', 'parent', 'stdout'],
      ['3', 'child', 'stderr'],
    ])
    expect(entries.every((entry) => entry.isolate === isolate)).toBe(true)
  })

  it('can be ignored, also further down', async () => {
    const entries: ConsoleEntry[] = []
    using isolate = new Isolate({ console: (entry) => entries.push(entry) })
    await isolate.run(`const quiet = new isolates.Isolate({ console: 'ignore' })
      await quiet.run("console.log(1); new isolates.Isolate().runSync('console.log(2)')"); console.log(3)`)
    await until(() => entries.length > 0, 'printed')
    expect(entries.map(({ text }) => text)).toEqual(['3'])
  })

  it('can go to a function of the guest', async () => {
    using isolate = new Isolate()
    const source = `globalThis.said = []
      globalThis.made = new isolates.Isolate({ name: 'loud', console: ({ text, method, stream, name, isolate }) => said.push([text, method, stream, name, isolate === made]) })
      made.runSync('console.warn("at once")'); said.length`
    expect(isolate.runSync(source)).toBe(1)
    await isolate.run('made.run("console.log(2)")')
    await until(() => isolate.runSync('said.length') === 2, 'both said')
    expect(isolate.runSync('said')).toEqual([
      ['at once', 'warn', 'stderr', 'loud', true],
      ['2', 'log', 'stdout', 'loud', true],
    ])
  })

  it('of any amount reaches a function of the guest, in order', async () => {
    using isolate = new Isolate()
    await isolate.run(`globalThis.said = []
      const made = new isolates.Isolate({ console: ({ text }) => said.push(+text) })
      await made.run('for (let i = 0; i < 10000; i++) console.log(i)'); undefined`)
    await until(() => isolate.runSync('said.length') === 10000, 'all said')
    expect(isolate.runSync('said.every((n, i) => n === i)')).toBe(true)
    expect(
      isolate.runSync(`const loud = new isolates.Isolate({ console: ({ text }) => said.push(+text) })
        loud.runSync('for (let i = 0; i < 10000; i++) console.log(i)'); said.length`),
    ).toBe(20000)
  })
})

describe('what a nested isolate has not', () => {
  it('is modules of the host: an import is refused', async () => {
    using isolate = parent({ modules: { sources: { app: 'export default 1' } } })
    expect(await isolate.run("import('app').then((app) => app.default)")).toBe(1)
    const refused = 'child.run(\'import("app")\').catch((error) => error instanceof isolates.RemoteError)'
    expect(await isolate.run(refused)).toBe(true)
    expect(await isolate.run('child.run(\'import("isolates").then((own) => typeof own.Channel)\')')).toBe('function')
  })

  it('is functions of the host: they are refused as arguments', async () => {
    using isolate = parent({ expose: { now: () => 1 } })
    const refused = 'child.call((f) => f, [now]).catch((error) => [error.code, error.path])'
    expect(await isolate.run(refused)).toEqual(['ERR_NOT_SHAREABLE', 'args[0]'])
  })
})

describe('an error of a nested isolate that nobody handles', () => {
  it('is reported as one of its maker', async () => {
    using isolate = parent()
    const errors: unknown[] = []
    isolate.on('error', (error) => errors.push((error as Error).message))
    await isolate.run('child.run("Promise.reject(new Error(\'lost\')); 1")')
    await until(() => errors.length === 1, 'the error is reported')
    expect(errors).toEqual(['lost'])
  })
})

describe('an AbortSignal of the guest', () => {
  const signal = `const listeners = new Set(); const signal = { aborted: false, reason: undefined,
    addEventListener(_, f) { listeners.add(f) }, removeEventListener(_, f) { listeners.delete(f) },
    abort(reason) { this.aborted = true; this.reason = reason; for (const f of listeners) f() } }`

  it('stops the call and rejects with its reason; the isolate lives on', async () => {
    using isolate = parent()
    const gate = new Gate()
    isolate.runSync(signal)
    const aborted = isolate.run(
      'child.set({ gate }).then(() => child.run("Atomics.add(gate, 0, 1); for (;;);", { signal })).catch((reason) => reason)',
      { globals: gate.globals },
    )
    await gate.reached()
    isolate.runSync('signal.abort("changed my mind")')
    expect(await aborted).toBe('changed my mind')
    expect(await isolate.run('child.run("1")')).toBe(1)
    expect(await isolate.run('child.run("1", { signal }).catch((reason) => reason)')).toBe('changed my mind')
  })
})

describe('a guest that tampers', () => {
  it('gets no further than an error', async () => {
    using isolate = parent()
    const broken = `
      const weakGet = WeakMap.prototype.get
      WeakMap.prototype.get = () => ({})
      const codes = []
      const attempt = (use) => { try { codes.push(typeof use()) } catch (error) { codes.push(error.constructor.name) } }
      attempt(() => child.callSync(() => 1))
      WeakMap.prototype.get = weakGet
      const { entries } = Object
      Object.entries = () => []
      attempt(() => child.runSync('1', { timeout: 'soon', filename: 7, lineOffset: {}, transfer: 5, globals: 3 }))
      attempt(() => new isolates.Isolate({ memoryLimit: {}, name: 5, globals: 'x', maxIsolates: 'many', timeout: [] }).state)
      Object.entries = entries
      attempt(() => child.runSync('1', { get timeout() { return this.again ? 'x' : (this.again = 5) } }))
      codes`
    expect(await isolate.run(broken)).toHaveLength(4)
    expect(isolate.runSync('child.runSync("1")')).toBe(1)
  })
})
