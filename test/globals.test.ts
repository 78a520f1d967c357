import { describe, expect, it } from 'vitest'
import { libraries } from '../lib/guest/web/index.js'
import { Gate } from './helpers/gate.js'
import { Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'

// E66, E68 to E74
describe('set', () => {
  it('binds every name', async () => {
    using isolate = new Isolate()
    await isolate.set({ a: 1, b: 'two', c: [3] })
    expect(await isolate.run('[a, b, c]')).toEqual([1, 'two', [3]])
  })

  it('overwrites what was bound', async () => {
    using isolate = new Isolate({ globals: { a: 1 } })
    await isolate.set({ a: 2 })
    expect(await isolate.get('a')).toBe(2)
  })

  it('overwrites a builtin', async () => {
    using isolate = new Isolate()
    await isolate.set({ Math: 'mine' })
    expect(await isolate.run('Math')).toBe('mine')
  })

  it('binds plain properties of the global object', async () => {
    using isolate = new Isolate()
    await isolate.set({ a: 1 })
    expect(await isolate.run("Object.getOwnPropertyDescriptor(globalThis, 'a')")).toEqual({
      value: 1,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  })

  it.each(['a b', '', '漢字', '\ud800', 'a\0b', '7', 'constructor'])('takes any name: %j', async (name) => {
    using isolate = new Isolate()
    await isolate.set({ [name]: 5 })
    expect(await isolate.get(name)).toBe(5)
    expect(await isolate.run(`globalThis[${JSON.stringify(name)}]`)).toBe(5)
  })

  it('takes __proto__ for a name like any other', async () => {
    using isolate = new Isolate()
    await isolate.set(JSON.parse('{ "__proto__": { "polluted": true } }'))
    expect(await isolate.run('typeof polluted')).toBe('undefined')
  })

  it('copies when it is called', async () => {
    using isolate = new Isolate()
    const list = [1]
    const done = isolate.set({ list })
    list.push(2)
    await done
    expect(await isolate.run('list.length')).toBe(1)
  })

  it('keeps what values share', async () => {
    using isolate = new Isolate()
    const shared = {}
    await isolate.set({ a: shared, b: [shared] })
    expect(await isolate.run('a === b[0]')).toBe(true)
  })

  it('takes its place in the order of calls', async () => {
    using isolate = new Isolate({ globals: { a: 1 } })
    const calls = [isolate.run('a'), isolate.set({ a: 2 }), isolate.run('a')]
    expect(await Promise.all(calls)).toEqual([1, undefined, 2])
  })

  it('waits for a guest that runs', async () => {
    const gate = new Gate()
    using isolate = new Isolate({ globals: { ...gate.globals, a: 1 } })
    const held = isolate.run(`${gate.hold}; a`)
    await gate.reached()
    const done = isolate.set({ a: 2 })
    gate.open()
    expect(await held).toBe(1)
    await done
    expect(await isolate.get('a')).toBe(2)
  })

  it('rejects once the isolate is closed', async () => {
    const isolate = new Isolate()
    isolate.terminate()
    await expect(failure(async () => isolate.set({ a: 1 }))).resolves.toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
  })
})

describe('get', () => {
  it('gives a copy', async () => {
    using isolate = new Isolate({ globals: { list: [1] } })
    const list = await isolate.get<number[]>('list')
    list.push(2)
    expect(await isolate.get('list')).toEqual([1])
  })

  it('gives undefined when there is no such global', async () => {
    using isolate = new Isolate()
    expect(await isolate.get('missing')).toBeUndefined()
  })

  it.each(['var', 'let', 'const'])('sees what %s declared', async (keyword) => {
    using isolate = new Isolate()
    await isolate.run(`${keyword} declared = { a: 5 }`)
    expect(await isolate.get('declared')).toEqual({ a: 5 })
  })

  it('sees what a run with top-level await declared', async () => {
    using isolate = new Isolate()
    await isolate.run('const declared = await 5')
    expect(await isolate.get('declared')).toBe(5)
  })

  it('takes the name as a name, not as source', async () => {
    using isolate = new Isolate()
    expect(await isolate.get('1 + 1')).toBeUndefined()
    expect(await isolate.get('(globalThis.ran = true)')).toBeUndefined()
    expect(await isolate.get('ran')).toBeUndefined()
  })

  it.each(['if', 'this', 'null', 'true', 'await', 'yield', 'let'])('%s is no global', async (name) => {
    using isolate = new Isolate()
    expect(await isolate.get(name)).toBeUndefined()
  })

  it('rejects with what a getter throws', async () => {
    using isolate = new Isolate()
    await isolate.run("Object.defineProperty(globalThis, 'bad', { get() { throw new RangeError('no') } }); 0")
    await expect(isolate.get('bad')).rejects.toMatchObject({ name: 'RangeError' })
  })

  it('gives undefined for a let that failed to initialise, or its error', async () => {
    using isolate = new Isolate()
    await failure(isolate.run('let dead = (() => { throw 1 })()'))
    const error = await isolate.get('dead').catch((reason) => reason.name)
    expect([undefined, 'ReferenceError']).toContain(error)
  })
})

describe('the globals option of run', () => {
  it('binds before the source runs', async () => {
    using isolate = new Isolate()
    expect(await isolate.run('a + b', { globals: { a: 1, b: 2 } })).toBe(3)
  })

  it('binds for good', async () => {
    using isolate = new Isolate()
    isolate.runSync('1', { globals: { a: 1 } })
    expect(await isolate.get('a')).toBe(1)
  })

  it('binds although the source throws', async () => {
    using isolate = new Isolate()
    await failure(isolate.run('throw 1', { globals: { a: 1 } }))
    expect(await isolate.get('a')).toBe(1)
  })

  it('is there at the run’s turn, not before', async () => {
    using isolate = new Isolate({ globals: { a: 1 } })
    const calls = [isolate.run('a'), isolate.run('a', { globals: { a: 2 } }), isolate.run('a')]
    expect(await Promise.all(calls)).toEqual([1, 2, 2])
  })
})

describe('a guest’s global scope', () => {
  it('has nothing of the host’s', async () => {
    using isolate = new Isolate()
    const names = ['process', 'require', 'module', 'Buffer', 'global', 'fetch', '__dirname', 'window']
    expect(
      await isolate.run(`[${names.map((name) => `typeof ${name}`)}].filter((type) => type !== 'undefined')`),
    ).toEqual([])
  })

  it('has the names of this library; for…in shows the functions and objects among them, as in Node', async () => {
    using isolate = new Isolate()
    const source = "[typeof console, typeof isolates, Object.keys(globalThis).filter((name) => name !== 'gc').sort()]"
    const timers = Object.keys(globalThis).filter((name) => /^(set|clear)(T|Int|Imm)|^queue/.test(name))
    const platform = libraries().flatMap(({ functions, attributes }) => [...functions, ...attributes])
    const handlers = ['onerror', 'onunhandledrejection', 'onrejectionhandled']
    expect(await isolate.run(source)).toEqual([
      'object',
      'object',
      [...timers, ...platform, ...handlers, 'self'].sort(),
    ])
  })
})
