import { describe, expect, it } from 'vitest'
import { Gate } from './helpers/gate.js'
import { Isolate } from './helpers/isolates.js'
import { failure, thrown } from './helpers/outcome.js'
import { until } from './helpers/until.js'

const bomb = `globalThis.made = []; let refused
  for (let i = 0; i < 100; i++) { try { made.push(new isolates.Isolate()) } catch (error) { refused = error.code; break } }
  [made.length, refused]`

describe('maxIsolates', () => {
  it('is 16 where nobody says', () => {
    using isolate = new Isolate()
    expect(isolate.runSync(bomb)).toEqual([16, 'ERR_ISOLATE_LIMIT'])
  })

  it('of 0 forbids isolates', () => {
    using isolate = new Isolate({ maxIsolates: 0 })
    expect(isolate.runSync(bomb)).toEqual([0, 'ERR_ISOLATE_LIMIT'])
  })

  it('counts all that are below, wherever they are made', () => {
    using isolate = new Isolate({ maxIsolates: 4 })
    expect(isolate.runSync(`const own = new isolates.Isolate(); own.runSync(${JSON.stringify(bomb)})`)).toEqual([
      3,
      'ERR_ISOLATE_LIMIT',
    ])
    expect(isolate.runSync(bomb)).toEqual([0, 'ERR_ISOLATE_LIMIT'])
  })

  it('can be made less, not more, for one further down', () => {
    using isolate = new Isolate({ maxIsolates: 4 })
    const below = (maxIsolates: number): unknown =>
      isolate.runSync(
        `{ const own = new isolates.Isolate({ maxIsolates: ${maxIsolates} }); const seen = own.runSync(${JSON.stringify(bomb)}); own.runSync('for (const each of made) each.terminate()'); seen }`,
      )
    expect(below(1)).toEqual([1, 'ERR_ISOLATE_LIMIT'])
    using other = new Isolate({ maxIsolates: 4 })
    expect(other.runSync(`new isolates.Isolate({ maxIsolates: 100 }).runSync(${JSON.stringify(bomb)})`)).toEqual([
      3,
      'ERR_ISOLATE_LIMIT',
    ])
  })

  it('has room again when one is closed', async () => {
    using isolate = new Isolate({ maxIsolates: 1 })
    const rounds =
      'let n = 0; for (; n < 20; n++) { const own = new isolates.Isolate(); await own.run("1"); await own.close() } n'
    expect(await isolate.run(rounds)).toBe(20)
  })

  it('has room again when one whose own were alive is closed', async () => {
    using isolate = new Isolate({ maxIsolates: 3 })
    const rounds = `let n = 0
      for (; n < 5; n++) { const own = new isolates.Isolate(); await own.run("globalThis.all = [new isolates.Isolate(), new isolates.Isolate()]; all[1].runSync('1')"); await own.close() }
      n`
    expect(await isolate.run(rounds)).toBe(5)
  })

  it('is checked like all options', () => {
    for (const [maxIsolates, code] of [
      ['1', 'ERR_INVALID_ARG_TYPE'],
      [-1, 'ERR_OUT_OF_RANGE'],
      [1.5, 'ERR_OUT_OF_RANGE'],
      [Number.NaN, 'ERR_OUT_OF_RANGE'],
    ] as const) {
      expect(thrown(() => new Isolate({ maxIsolates: maxIsolates as number })).code).toBe(code)
    }
  })
})

describe('memoryLimit of a nested isolate', () => {
  const grow = 'const list = []; for (;;) list.push(new Array(1000).fill(0))'

  it("is a quarter of its maker's where nobody says", async () => {
    using isolate = new Isolate({ memoryLimit: 64 })
    const source = `const own = new isolates.Isolate(); own.run(${JSON.stringify(grow)}).catch((error) => [error.code, error.name])`
    expect(await isolate.run(source)).toEqual(['ERR_MEMORY_LIMIT', 'MemoryLimitError'])
    expect(await isolate.run('own.closed')).toEqual({ kind: 'memory-limit' })
    expect(isolate.runSync('1')).toBe(1)
  })

  it("is never more than its maker's", () => {
    using isolate = new Isolate({ memoryLimit: 32 })
    const code = (limit: number): unknown =>
      isolate.runSync(`try { new isolates.Isolate({ memoryLimit: ${limit} }).name } catch (error) { error.code }`)
    expect(code(33)).toBe('ERR_OUT_OF_RANGE')
    expect(code(16)).toMatch(/^isolate-/)
    expect(
      isolate.runSync(
        `new isolates.Isolate({ memoryLimit: 16 }).runSync("try { new isolates.Isolate({ memoryLimit: 17 }) } catch (error) { error.code }")`,
      ),
    ).toBe('ERR_OUT_OF_RANGE')
  })

  it("adds up to its maker's at most", async () => {
    using isolate = new Isolate({ memoryLimit: 32 })
    const source = `
      const own = [new isolates.Isolate({ memoryLimit: 16 }), new isolates.Isolate({ memoryLimit: 16 })]
      let seen
      try { new isolates.Isolate({ memoryLimit: 8 }) } catch (error) { seen = [error.code, error.message] }
      seen`
    expect(await isolate.run(source)).toEqual([
      'ERR_ISOLATE_LIMIT',
      expect.stringContaining('more than 32 MiB of memory together'),
    ])
    // What has ended gives back its share.
    await isolate.run('await own[0].close(); new isolates.Isolate({ memoryLimit: 16 }).name')
  })

  it('counts those further down', () => {
    using isolate = new Isolate({ memoryLimit: 64 })
    const inner =
      'try { new isolates.Isolate({ memoryLimit: 32 }); new isolates.Isolate({ memoryLimit: 8 }).name } catch (error) { error.code }'
    const source = `
      const rest = new isolates.Isolate({ memoryLimit: 16 })
      const middle = new isolates.Isolate({ memoryLimit: 32 })
      middle.runSync(${JSON.stringify(inner)})`
    expect(isolate.runSync(source)).toBe('ERR_ISOLATE_LIMIT')
  })

  it('can be given where its maker has none', async () => {
    using isolate = new Isolate()
    const source = `new isolates.Isolate({ memoryLimit: 16 }).run(${JSON.stringify(grow)}).catch((error) => error.code)`
    expect(await isolate.run(source)).toBe('ERR_MEMORY_LIMIT')
  })

  it('ends only that one when it is used up in runSync', () => {
    using isolate = new Isolate({ memoryLimit: 32 })
    const source = `const own = new isolates.Isolate({ memoryLimit: 16 }); let seen
      try { own.runSync(${JSON.stringify(grow)}) } catch (error) { seen = error.code }
      [seen, own.state]`
    expect(isolate.runSync(source)).toEqual(['ERR_MEMORY_LIMIT', 'closed'])
    expect(isolate.state).toBe('idle')
  })

  it('of the one above ends those below, too', async () => {
    const isolate = new Isolate({ memoryLimit: 16 })
    const gate = new Gate()
    const error = await failure(
      isolate.run(
        `const own = new isolates.Isolate({ globals: { gate } }); own.run("Atomics.add(gate, 0, 1); for (;;);"); ${grow}`,
        {
          globals: gate.globals,
        },
      ),
    )
    expect(error.code).toBe('ERR_MEMORY_LIMIT')
    expect(await isolate.closed).toEqual({ kind: 'memory-limit' })
  })
})

describe('timeout of a nested isolate', () => {
  it("is its maker's default where nobody says", async () => {
    using isolate = new Isolate({ timeout: 200 })
    await isolate.run('globalThis.own = new isolates.Isolate(); undefined')
    // The maker's own call is over before: what remains has the default for itself.
    const cell = new Int32Array(new SharedArrayBuffer(4))
    isolate.runSync(
      'globalThis.seen = undefined; own.run("for (;;);").catch((error) => { seen = [error.code, error.name] }); undefined',
      { globals: { cell } },
    )
    await until(() => isolate.runSync('seen') !== undefined, 'the call timed out')
    expect(isolate.runSync('seen')).toEqual(['ERR_TIMEOUT', 'TimeoutError'])
    expect(isolate.runSync('own.runSync("1")')).toBe(1)
  })

  it("is never more than its maker's", () => {
    using isolate = new Isolate({ timeout: 5000 })
    const code = (source: string): unknown => isolate.runSync(`try { ${source} } catch (error) { error.code }`)
    expect(code('new isolates.Isolate({ timeout: 5001 })')).toBe('ERR_OUT_OF_RANGE')
    expect(code('new isolates.Isolate().runSync("1", { timeout: 5001 })')).toBe('ERR_OUT_OF_RANGE')
    expect(code('new isolates.Isolate({ timeout: 100 }).runSync("1", { timeout: 5000 })')).toBe(1)
  })

  it('stops a synchronous call, and both live on', () => {
    using isolate = new Isolate()
    const source = `const own = new isolates.Isolate(); let seen
      try { own.runSync('for (;;);', { timeout: 20 }) } catch (error) { seen = error.code }
      [seen, own.runSync('1')]`
    expect(isolate.runSync(source)).toEqual(['ERR_TIMEOUT', 1])
  })

  it('counts the wait for one that is busy', async () => {
    using isolate = new Isolate()
    const gate = new Gate()
    const source = `globalThis.own = new isolates.Isolate({ globals: { gate } }); own.run(${JSON.stringify(gate.hold)}); undefined`
    isolate.runSync(source, { globals: gate.globals })
    await gate.reached()
    expect(isolate.runSync("try { own.runSync('1', { timeout: 20 }) } catch (error) { error.code }")).toBe(
      'ERR_TIMEOUT',
    )
    gate.open()
    expect(await isolate.run("own.run('2')")).toBe(2)
  })
})

const inside: Record<string, string> = {
  'spins in the other': 'own.runSync("Atomics.add(gate, 0, 1); for (;;);")',
  'spins three levels down':
    'own.runSync("new isolates.Isolate({ globals: { gate } }).runSync(\'new isolates.Isolate({ globals: { gate } }).runSync(`Atomics.add(gate, 0, 1); for (;;);`)\')")',
  'waits in the other for a channel':
    'own.runSync("Atomics.add(gate, 0, 1); new isolates.Channel().receiveSync({ timeout: 60_000 })")',
  'waits in the other for Atomics': 'own.runSync("Atomics.add(gate, 0, 1); Atomics.wait(gate, 1, 0)")',
  'waits for the other, which is busy': 'own.run("Atomics.add(gate, 0, 1); for (;;);"); own.runSync("1")',
  'catches everything': 'for (;;) { try { own.runSync("Atomics.add(gate, 0, 1); for (;;);") } catch {} }',
}
const create = 'const own = new isolates.Isolate({ globals: { gate } });'

describe.each(Object.entries(inside))('a guest that blocks in one it made and %s', (_what, source) => {
  it('is ended by terminate, and both with it', async () => {
    const isolate = new Isolate()
    const gate = new Gate()
    const running = failure(isolate.run(create + source, { globals: gate.globals }))
    await gate.reached()
    isolate.terminate()
    expect((await running).code).toBe('ERR_ISOLATE_CLOSED')
    expect(await isolate.closed).toEqual({ kind: 'terminate' })
  })

  it('is stopped by its timeout, and lives on', async () => {
    using isolate = new Isolate()
    const gate = new Gate()
    const error = await failure(isolate.run(create + source, { globals: gate.globals, timeout: 100 }))
    expect(error.code).toBe('ERR_TIMEOUT')
    expect(await isolate.run('1')).toBe(1)
    expect(thrown(() => isolate.runSync(`{ ${create} ${source} }`, { globals: gate.globals, timeout: 100 })).code).toBe(
      'ERR_TIMEOUT',
    )
    expect(isolate.runSync('1')).toBe(1)
  })

  it('is stopped by a signal, and lives on', async () => {
    using isolate = new Isolate()
    const gate = new Gate()
    const controller = new AbortController()
    const running = failure(isolate.run(create + source, { globals: gate.globals, signal: controller.signal }))
    await gate.reached()
    controller.abort('enough')
    expect(await running).toBe('enough')
    expect(await isolate.run('1')).toBe(1)
  })
})

describe('parent and child', () => {
  it('that call through each other’s channels do not wait for each other for ever', async () => {
    using isolate = new Isolate()
    const error = await failure(
      isolate.run(
        `const [up, down] = [new isolates.Channel(), new isolates.Channel()]
        const own = new isolates.Isolate({ globals: { up, down } })
        own.run('up.sendSync(down.receiveSync() + 1)'); down.sendSync(1)
        const answer = up.receiveSync()
        own.runSync('down.receiveSync()'); answer`,
        { timeout: 300 },
      ),
    )
    expect(error.code).toBe('ERR_TIMEOUT')
    expect(isolate.runSync('own.runSync("1 + 1")')).toBe(2)
  })

  it('answer each other while both block', async () => {
    using isolate = new Isolate()
    const rounds = await isolate.run(
      `const [up, down] = [new isolates.Channel(), new isolates.Channel()]
      const own = new isolates.Isolate({ globals: { up, down } })
      own.run('for (let i = 0; i < 1000; i++) up.sendSync(down.receiveSync() + 1)')
      let n = 0; for (let i = 0; i < 1000; i++) { down.sendSync(n); n = up.receiveSync() } n`,
    )
    expect(rounds).toBe(1000)
  })
})
