import { describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'
import { Isolate } from './helpers/isolates.js'

describe('the libraries of the guest runtime', () => {
  it('cost nothing before they are used', () => {
    using plain = new Isolate()
    using user = new Isolate()
    plain.runSync('0')
    user.runSync("new URL('http://x/ü')")
    expect(user.stats().heapUsed - plain.stats().heapUsed).toBeGreaterThan(50_000)
  })

  it.each(['--no-opt', '--no-node-snapshot', '--stack-size=900'])('work under %s', async (flag) => {
    const source = `const { Isolate } = require('isolates')
      const run = () => new Isolate().runSync("new URL('../b?c#d', 'http://ü.example/a/').href")
      console.log(JSON.stringify([run(), run(), run()]))`
    const expected = 'http://xn--tda.example/b?c#d'
    expect(await report(source, { flags: [flag] })).toEqual([expected, expected, expected])
  })

  it('work when V8 rejects the code that was kept, because its flags have changed', async () => {
    const source = `const { Isolate } = require('isolates')
      const run = () => new Isolate().runSync("new URL('http://x').href")
      const hrefs = [run()]
      require('v8').setFlagsFromString('--no-regexp-optimization')
      hrefs.push(run(), run())
      console.log(JSON.stringify(hrefs))`
    expect(await report(source)).toEqual(['http://x/', 'http://x/', 'http://x/'])
  })

  it('work in many isolates that begin at once', async () => {
    const isolates = Array.from({ length: 8 }, () => new Isolate())
    const source = "[new URL('http://x/ü').href, btoa('a'), new TextDecoder('koi8-r').encoding].join()"
    const found = await Promise.all(isolates.map((isolate) => isolate.run(source)))
    expect(new Set(found)).toEqual(new Set(['http://x/%C3%BC,YQ==,koi8-r']))
    for (const isolate of isolates) isolate.terminate()
  })

  it('are asked for again after a stack overflow on the way to them', () => {
    using isolate = new Isolate()
    const source = `
      let failures = 0
      const deep = () => { try { deep() } catch { try { URL.canParse('http://x') } catch (error) { failures++ } } }
      deep()
      URL.canParse('http://x')`
    expect(isolate.runSync(source)).toBe(true)
  })

  it('are loaded again after a timeout in the midst of it', async () => {
    using isolate = new Isolate()
    const source =
      'Object.defineProperty = new Proxy(Object.defineProperty, { apply(...args) { if (globalThis.slow) for (;;); return Reflect.apply(...args) } }); slow = true; URL'
    await expect(isolate.run(source, { timeout: 20 })).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await isolate.run("slow = false; new URL('http://x').href")).toBe('http://x/')
  })

  it('can be replaced by the guest, read or not', () => {
    using isolate = new Isolate()
    expect(
      isolate.runSync(
        'URL = 5; var atob = 6; globalThis.btoa = 7; delete globalThis.TextEncoder; [URL, atob, btoa, typeof TextEncoder].join()',
      ),
    ).toBe('5,6,7,undefined')
  })

  it('never end the process, whatever the guest does to the builtins they use', async () => {
    const source = `const { Isolate } = require('isolates')
      const breaking = \`
        const breakAll = (object) => {
          for (const key of Reflect.ownKeys(object)) {
            const { value, configurable } = Object.getOwnPropertyDescriptor(object, key)
            if (typeof value === 'function' && configurable && key !== 'constructor') try { object[key] = function () { seen.push(this, ...arguments); return seen } } catch {}
          }
        }
        const seen = []
        const types = [Object, Function, Array, String, Set, Map, RegExp, Symbol, Promise, Reflect, JSON, Number, Uint8Array, ArrayBuffer, Error]
        const targets = types.flatMap((type) => [type.prototype, type]).filter(Boolean)
        const natives = () => seen.filter((item) => typeof item === 'function' || (typeof item === 'object' && item !== null))\`
      const names = ['URL', 'URLSearchParams', 'URLPattern', 'TextDecoder', 'TextEncoder', 'atob', 'btoa', 'DOMException', 'structuredClone']
      let ended = 0
      for (const name of names) {
        for (const many of [true, false]) {
          const isolate = new Isolate({ timeout: 2000, console: 'ignore' })
          try {
            isolate.runSync(breaking + '; ' + (many ? 'targets.forEach(breakAll)' : 'breakAll(Object); breakAll(Function.prototype)') + '; try { new ' + name + '(\\'a\\', seen) } catch {} try { ' + name + '(\\'a\\', seen) } catch {}; for (let i = 0; i < seen.length; i++) { const item = seen[i]; if (typeof item === \\'function\\') for (const args of [[], [1], [{}, {}], [new Uint8Array(2)]]) { try { item(...args) } catch {} } }; 0')
          } catch {}
          isolate.terminate()
          ended++
        }
      }
      console.log(JSON.stringify(ended))`
    expect(await report(source)).toBe(18)
  })
})
