import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'
import { same } from './helpers/same.js'
import { until } from './helpers/until.js'

describe('events', () => {
  it('are handed out as Node does', async () => {
    await same(`
      const lines = []
      const target = new EventTarget()
      const listener = (event) => lines.push('first ' + event.type + event.eventPhase + (event.target === target) + (event.currentTarget === target))
      target.addEventListener('a', listener)
      target.addEventListener('a', listener)
      target.addEventListener('a', { handleEvent(event) { lines.push('object ' + (this !== undefined) ); event.preventDefault() } })
      target.addEventListener('a', () => lines.push('once'), { once: true })
      const event = new Event('a', { cancelable: true })
      lines.push(target.dispatchEvent(event), event.defaultPrevented, event.eventPhase, event.target === target, event.currentTarget)
      lines.push(target.dispatchEvent(new Event('a')))
      target.removeEventListener('a', listener)
      lines.push(target.dispatchEvent(new Event('a', { cancelable: true })))
      target.addEventListener('b', (event) => { lines.push('b1'); event.stopImmediatePropagation() })
      target.addEventListener('b', () => lines.push('b2'))
      target.dispatchEvent(new Event('b'))
      target.addEventListener('c', (event) => { lines.push('passive ' + event.defaultPrevented) }, { passive: true })
      target.dispatchEvent(new Event('c', { cancelable: true }))
      const controller = new AbortController()
      target.addEventListener('d', () => lines.push('never'), { signal: controller.signal })
      controller.abort()
      target.dispatchEvent(new Event('d'))
      target.addEventListener('e', () => { target.addEventListener('e', () => lines.push('added')); lines.push('adds') }, { once: true })
      target.dispatchEvent(new Event('e'))
      target.dispatchEvent(new Event('e'))
      target.addEventListener('f', () => lines.push(caught(() => target.dispatchEvent(current)).startsWith('threw')))
      const current = new Event('f')
      target.dispatchEvent(current)
      lines.push(caught(() => target.dispatchEvent({})), caught(() => new Event()), caught(() => target.addEventListener('x')), caught(() => EventTarget.prototype.dispatchEvent.call({}, new Event('a'))))
      lines.push(new CustomEvent('x', { detail: 5 }).detail, new CustomEvent('x').detail, caught(() => new Event(Symbol())), new Event(5).type)
      lines.push(event.isTrusted, event.bubbles, event.composed, event.returnValue, event.cancelBubble, typeof event.timeStamp, Event.AT_TARGET, event instanceof Event)
      class Mine extends EventTarget {}
      const mine = new Mine()
      mine.addEventListener('z', () => lines.push('mine'))
      mine.dispatchEvent(new (class extends Event {})('z'))
      return lines.map(String)`)
  })

  it('report what a listener throws, and go on with the next', async () => {
    using isolate = new Isolate()
    const told: string[] = []
    isolate.on('error', (error) => told.push((error.cause as Error | undefined)?.message ?? error.message))
    const source = `
      const target = new EventTarget()
      let second = false
      target.addEventListener('a', () => { throw new Error('from a listener') })
      target.addEventListener('a', () => { second = true })
      reportError(new Error('reported'))
      target.dispatchEvent(new Event('a')) && second`
    expect(await isolate.run(source)).toBe(true)
    await until(() => told.length === 2, 'both errors to be told')
    expect(told.join()).toMatch(/reported.*from a listener/)
  })
})

describe('abort signals', () => {
  it('do what Node’s do', async () => {
    await same(`
      const lines = []
      const controller = new AbortController()
      const { signal } = controller
      signal.onabort = function (event) { lines.push('on ' + event.type + (this === signal)) }
      signal.addEventListener('abort', (event) => lines.push('listener ' + event.target.aborted))
      lines.push(signal.aborted, signal.reason, caught(() => signal.throwIfAborted()))
      controller.abort()
      controller.abort('again')
      lines.push(signal.aborted, text(signal.reason), caught(() => signal.throwIfAborted()), signal.reason instanceof DOMException)
      lines.push(AbortSignal.abort(5).reason, text(AbortSignal.abort().reason), caught(() => new AbortSignal()), caught(() => AbortSignal.prototype.aborted))
      const [a, b] = [new AbortController(), new AbortController()]
      const any = AbortSignal.any([a.signal, b.signal])
      const both = AbortSignal.any([any, AbortSignal.any([])])
      any.onabort = () => lines.push('any')
      both.onabort = () => lines.push('both')
      b.abort('why')
      a.abort('late')
      lines.push(any.reason, both.reason, AbortSignal.any([AbortSignal.abort(1), b.signal]).reason, caught(() => AbortSignal.any([5])), caught(() => AbortSignal.any()))
      lines.push(Object.prototype.toString.call(signal), text(signal.onabort === null))
      const timeout = AbortSignal.timeout(1)
      await new Promise((resolve) => timeout.addEventListener('abort', resolve))
      lines.push(text(timeout.reason))
      return lines.map(String)`)
  })
})

describe('where Node is behind the standard', () => {
  it('guests are not', () => {
    using isolate = new Isolate()
    const source = `
      const lines = []
      const target = new EventTarget()
      target.addEventListener('a', (event) => { event.preventDefault(); lines.push(event.composedPath().length, event.defaultPrevented) }, { passive: true })
      target.addEventListener('a', (event) => { try { target.dispatchEvent(event) } catch ({ name }) { lines.push(name) } })
      target.dispatchEvent(new Event('a', { cancelable: true }))
      const controller = new AbortController()
      const any = AbortSignal.any([controller.signal])
      const both = AbortSignal.any([any])
      any.onabort = () => lines.push(both.aborted)
      controller.abort()
      any.onabort = 5
      const name = (run) => { try { return run() } catch (error) { return error.name } }
      lines.push(any.onabort, name(() => AbortSignal.timeout(-1)), name(() => structuredClone(1, { transfer: [{}] })), \`\${new URLSearchParams(null)}\`)
      lines.push(new TextDecoder('latin1').decode(new Uint8Array([0x80])), new URL('http://x/^').pathname)
      lines.join()`
    expect(isolate.runSync(source)).toBe('1,false,InvalidStateError,true,,TypeError,DataCloneError,null=,€,/%5E')
  })
})

describe('the clock and the random numbers', () => {
  it('begin with the isolate', async () => {
    const before = Date.now()
    using isolate = new Isolate()
    const [origin, now, wall] = await isolate.run<number[]>('[performance.timeOrigin, performance.now(), Date.now()]')
    expect(origin! + now!).toBeGreaterThan(before - 5)
    expect(Math.abs(origin! + now! - wall!)).toBeLessThan(50)
    expect(await isolate.run('performance.now() < performance.now() || performance.now() >= 0')).toBe(true)
  })

  it('are random, in each isolate others', async () => {
    using first = new Isolate()
    using second = new Isolate()
    const source =
      '[crypto.randomUUID(), crypto.getRandomValues(new Uint32Array(4)).join(), crypto.getRandomValues(new Uint8Array(65536)).reduce((sum, byte) => sum + byte, 0) / 65536]'
    const [uuid, words, mean] = first.runSync<[string, string, number]>(source)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(mean).toBeGreaterThan(125)
    expect(mean).toBeLessThan(130)
    expect(second.runSync<string[]>(source).slice(0, 2)).not.toEqual([uuid, words])
  })

  it('refuse what Node refuses', async () => {
    await same(`
      return [new Uint8Array(65537), new Float32Array(1), new DataView(new ArrayBuffer(1))].map((array) => caught(() => crypto.getRandomValues(array)))
        .concat(caught(() => new Crypto()), crypto.getRandomValues(new BigInt64Array(1)).length, caught(() => Crypto.prototype.randomUUID.call({})) === 'x')
        .map(String)`)
  })

  // Node does so from version 26 on.
  it('fill nothing but arrays of bytes', () => {
    using isolate = new Isolate()
    const source =
      '[[], undefined, "x"].map((value) => { try { crypto.getRandomValues(value) } catch (error) { return error.name } })'
    expect(isolate.runSync(source)).toEqual(['TypeError', 'TypeError', 'TypeError'])
  })
})
