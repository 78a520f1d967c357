import { describe, expect, it } from 'vitest'
import { Gate } from './helpers/gate.js'
import { Isolate, NotShareableError } from './helpers/isolates.js'
import { thrown } from './helpers/outcome.js'

// A1, A4 to A6, A8, A11, A17
describe('creating', () => {
  it('lists the new isolate', () => {
    using isolate = new Isolate()
    expect(Isolate.all()).toEqual([isolate])
  })

  it('gives an idle isolate', () => {
    using isolate = new Isolate()
    expect(isolate.state).toBe('idle')
  })

  it('takes no options, undefined, or an empty object for the defaults', () => {
    using bare = new Isolate()
    using none = new Isolate(undefined)
    using empty = new Isolate({})
    expect([bare, none, empty].map((isolate) => isolate.runSync('1 + 1'))).toEqual([2, 2, 2])
  })

  it('takes an undefined option for an absent one', () => {
    using isolate = new Isolate({
      name: undefined,
      memoryLimit: undefined,
      globals: undefined,
      console: undefined,
      timeout: undefined,
    } as never)
    expect(isolate.name).toBe(`isolate-${isolate.id}`)
  })

  it('names the isolate after its id', () => {
    using isolate = new Isolate()
    expect(isolate.name).toBe(`isolate-${isolate.id}`)
  })

  it('keeps the name it is given', () => {
    using isolate = new Isolate({ name: 'tenant 7' })
    expect(isolate.name).toBe('tenant 7')
  })

  it.each(['', 'a b', '漢字 😀', 'x'.repeat(100_000)])('tells the guest its name (%#)', (name) => {
    using isolate = new Isolate({ name })
    expect(isolate.runSync('isolates.Isolate.current.name')).toBe(name)
  })

  it('binds the globals of its options before the first run', () => {
    using isolate = new Isolate({ globals: { base: 40, list: [1, 2] } })
    expect(isolate.runSync('base + list.length')).toBe(42)
  })

  it('copies the globals of its options when it is called', () => {
    const list = [1]
    using isolate = new Isolate({ globals: { list } })
    list.push(2)
    expect(isolate.runSync('list.length')).toBe(1)
  })

  it('refuses a global that cannot be shared, and leaves no isolate behind', () => {
    const error = thrown(() => new Isolate({ globals: { fine: 1, broken: { fn: Symbol('fn') } } }))
    expect(error).toBeInstanceOf(NotShareableError)
    expect(Isolate.all()).toEqual([])
  })

  it('leaves no isolate behind when an option is wrong', () => {
    thrown(() => new Isolate({ memoryLimit: 1 }))
    expect(Isolate.all()).toEqual([])
  })

  it('does not keep the object of options', () => {
    const options = { name: 'before' }
    using isolate = new Isolate(options)
    options.name = 'after'
    expect(isolate.name).toBe('before')
  })

  it('needs new', () => {
    expect(() => (Isolate as unknown as () => void)()).toThrow(TypeError)
  })

  it('works while another isolate runs', async () => {
    const gate = new Gate()
    using busy = new Isolate()
    const held = busy.run(gate.hold, { globals: gate.globals })
    await gate.reached()
    using isolate = new Isolate()
    expect(isolate.runSync('1 + 1')).toBe(2)
    gate.open()
    await held
  })

  it('works after all isolates were disposed', async () => {
    for (const isolate of [new Isolate(), new Isolate(), new Isolate()]) await isolate.close()
    using isolate = new Isolate()
    expect(await isolate.run('1 + 1')).toBe(2)
  })

  it('works after some were disposed, and the others are untouched', async () => {
    const [first, second, third, fourth] = Array.from(
      { length: 4 },
      (_, index) => new Isolate({ globals: { index } }),
    ) as [Isolate, Isolate, Isolate, Isolate]
    await Promise.all([first.close(), third.close()])
    using fifth = new Isolate()
    expect(Isolate.all()).toEqual([second, fourth, fifth])
    expect([second.runSync('index'), fourth.runSync('index')]).toEqual([1, 3])
    await Promise.all([second.close(), fourth.close()])
  })

  it('gives every isolate globals of its own', () => {
    using one = new Isolate()
    using other = new Isolate()
    one.runSync('globalThis.mine = 1; Array.prototype.extra = 2')
    expect(other.runSync('[typeof mine, [].extra]')).toEqual(['undefined', undefined])
  })
})
