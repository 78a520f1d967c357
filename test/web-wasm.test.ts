import { describe, it } from 'vitest'
import { same } from './helpers/same.js'

describe('WebAssembly.compileStreaming and instantiateStreaming', () => {
  it('take and refuse what Node’s do', async () => {
    await same(`
      const lines = []
      // (module (import "m" "n" (func)) (export "f" (func 0)))
      const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 109, 1, 110, 0, 0, 7, 5, 1, 1, 102, 0, 0])
      const wasm = { headers: { 'content-type': 'application/wasm' } }
      const module = await WebAssembly.compileStreaming(new Response(bytes, wasm))
      lines.push(module instanceof WebAssembly.Module, WebAssembly.Module.exports(module).length)
      let called = 0
      const both = await WebAssembly.instantiateStreaming(Promise.resolve(new Response(bytes, wasm)), { m: { n: () => called++ } })
      both.instance.exports.f()
      lines.push(called, both.module instanceof WebAssembly.Module)
      const used = new Response(bytes, wasm)
      await used.text()
      for (const source of [5, undefined, bytes, new Response(bytes), new Response(bytes, { headers: { 'content-type': 'text/plain' } }), new Response(bytes, { ...wasm, status: 404 }), used, { then: (_, fail) => fail(new RangeError('mine')) }, new Response(bytes.subarray(0, 9), wasm), new Response('', wasm)]) {
        lines.push(await failed(WebAssembly.compileStreaming(source)), await failed(WebAssembly.instantiateStreaming(source, { m: { n() {} } })))
      }
      lines.push(await failed(WebAssembly.instantiateStreaming(new Response(bytes, wasm))), await failed(WebAssembly.instantiateStreaming(new Response(bytes, wasm), {})))
      return lines.map(String)`)
  })
})
