import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'
import { same } from './helpers/same.js'

describe('Headers, Request and Response', () => {
  it('have headers that do what Node’s do', async () => {
    await same(`
      const lines = []
      const headers = new Headers({ 'X-B': '2', a: ' 1\\t', 'Set-Cookie': 'x=1' })
      headers.append('x-b', '3')
      headers.append('set-cookie', 'y=2')
      lines.push(text([...headers]), headers.get('X-b'), text(headers.getSetCookie()), headers.get('none'), headers.has('A'))
      headers.set('a', 'new')
      headers.delete('x-B')
      lines.push(text([...headers.keys()]), text([...headers.values()]), text([...headers.entries()]))
      headers.forEach((value, name, self) => lines.push(name + value + (self === headers)))
      for (const init of [[['a', 'b']], [['a']], [['a', 'b', 'c']], { 'a b': 'c' }, { a: 'b\\nc' }, { a: 'ü€' }, 5, null, 'x', new Headers({ q: 'r' }), new Map([['m', 'n']]), { [Symbol('s')]: 'x' }]) lines.push(caught(() => [...new Headers(init)]))
      const iterator = headers[Symbol.iterator]()
      lines.push(Object.prototype.toString.call(iterator), text(iterator.next()), caught(() => headers.append('a')), caught(() => Headers()))
      lines.push(caught(() => Response.error().headers.set('a', 'b')), caught(() => Response.redirect('http://x/').headers.append('a', 'b')))
      return lines.map(String)`)
  })

  it('have responses that do what Node’s do', async () => {
    await same(`
      const lines = []
      const shown = (r) => text([r.status, r.statusText, r.ok, r.type, r.url, r.redirected, [...r.headers], r.bodyUsed, r.body === null])
      lines.push(shown(new Response()), shown(new Response('x', { status: 404, statusText: 'Nope', headers: { a: 'b' } })), shown(Response.error()), shown(Response.redirect('http://x/y', 301)), shown(Response.json({ a: 1 }, { status: 201 })))
      lines.push(await Response.json([1]).text())
      for (const args of [['x', { status: 199 }], ['x', { status: 600 }], ['x', { status: 204 }], [null, { status: 204 }], ['x', { statusText: '\\n' }], ['x', 5]]) lines.push(caught(() => shown(new Response(...args))))
      lines.push(caught(() => Response.redirect('http://x', 200)), caught(() => Response.redirect('::')), caught(() => Response.json(undefined)), caught(() => Response.json(1n)))
      const response = new Response('häl')
      const copy = response.clone()
      lines.push(await response.text(), response.bodyUsed, copy.bodyUsed, await failed(response.text()), caught(() => response.clone()), await copy.text())
      lines.push(text(new Uint8Array(await new Response(new Uint8Array([1, 2, 3]).subarray(1)).arrayBuffer())), await new Response('{"a":1}').json(), await failed(new Response('{').json()))
      const blob = await new Response(new Blob(['b'], { type: 'X/Y' })).blob()
      lines.push(blob.type + blob.size, await new Response(new URLSearchParams('a=ä&b=+')).text(), new Response(new URLSearchParams()).headers.get('content-type'))
      lines.push(await new Response('\\ufeffmark').text(), await new Response(null).text(), await new Response('').text(), new Response('').body === null)
      const stream = new ReadableStream({ start(controller) { controller.enqueue(new TextEncoder().encode('st')); controller.enqueue(new TextEncoder().encode('ream')); controller.close() } })
      const streamed = new Response(stream)
      lines.push(streamed.body === stream, await streamed.clone().text(), await streamed.text(), await failed(new Response(new ReadableStream({ start(controller) { controller.enqueue('text'); controller.close() } })).text()))
      const locked = new ReadableStream()
      locked.getReader()
      lines.push(caught(() => new Response(locked)))
      const reader = new Response('chunk').body.getReader()
      lines.push(new TextDecoder().decode((await reader.read()).value), (await reader.read()).done)
      lines.push(Object.prototype.toString.call(response), caught(() => Response.prototype.status), await failed((async () => Response.prototype.text.call({}))()))
      return lines.map((line) => (typeof line === 'object' ? text(line) : String(line)))`)
  })

  it('have requests that do what Node’s do', async () => {
    await same(`
      const lines = []
      const shown = (r) => text([r.method, r.url, [...r.headers], r.redirect, r.mode, r.credentials, r.cache, r.referrer, r.referrerPolicy, r.integrity, r.keepalive, r.destination, r.duplex, r.bodyUsed, r.body === null, r.signal.aborted])
      lines.push(shown(new Request('http://x')), shown(new Request(new URL('http://x/ü?q'), { method: 'post', body: 'b', headers: { a: 'b' }, redirect: 'manual', cache: 'no-store', keepalive: true })))
      for (const [input, init] of [['nope'], ['http://u:p@x'], ['http://x', { method: 'connect' }], ['http://x', { method: 'a b' }], ['http://x', { body: 'x' }], ['http://x', { method: 'HEAD', body: 'x' }], ['http://x', { redirect: 'x' }], ['http://x', { mode: 'navigate' }], ['http://x', { signal: 5 }], ['http://x', { method: 'PATCH' }], ['http://x', { method: 'patch' }], ['http://x', { method: 'put', body: new ReadableStream() }], ['http://x', { duplex: 'full' }], ['http://x', 5], ['http://x', null]]) lines.push(caught(() => shown(new Request(input, init))))
      const first = new Request('http://x', { method: 'POST', body: 'body', headers: { a: 'b' } })
      const second = new Request(first, { headers: { c: 'd' } })
      lines.push(first.bodyUsed, await failed(first.text()), await second.clone().text(), await second.text(), text([...second.headers]))
      const controller = new AbortController()
      const request = new Request('http://x', { signal: controller.signal })
      const third = new Request(request)
      controller.abort('why')
      lines.push(request.signal === controller.signal, request.signal.reason, third.signal.reason)
      return lines.map(String)`)
  })

  it('carry forms both ways', async () => {
    await same(`
      const lines = []
      const form = new FormData()
      form.append('a', '1')
      form.append('a', 'two\\nlines')
      form.append('f', new Blob(['blob'], { type: 'text/x' }), 'na"me.txt')
      form.append('g', new File(['file'], 'g.bin', { lastModified: 5 }))
      form.set('b', 5)
      lines.push(form.get('a'), text(form.getAll('a')), form.has('z'), form.get('f').name, form.get('f') instanceof File, form.get('g').lastModified, text([...form.keys()]))
      const request = new Request('http://x', { method: 'POST', body: form })
      lines.push(request.headers.get('content-type').split(';')[0])
      const read = await request.formData()
      for (const [name, value] of read) lines.push(name + '=' + (typeof value === 'string' ? JSON.stringify(value) : value.name + value.type + await value.text()))
      const encoded = await new Response('a=b&c=%20d+e', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }).formData()
      lines.push(text([...encoded]), await failed(new Response('x').formData()), await failed(new Response('x', { headers: { 'content-type': 'multipart/form-data; boundary=b' } }).formData()))
      const bytes = '--b\\r\\nContent-Disposition: form-data; name="x"\\r\\n\\r\\nvalue\\r\\n--b\\r\\nContent-Disposition: form-data; name="y"; filename="z"\\r\\n\\r\\n\\r\\n--b--\\r\\n'
      const parsed = await new Response(bytes, { headers: { 'content-type': 'multipart/form-data; boundary=b' } }).formData()
      lines.push(parsed.get('x'), parsed.get('y').name + parsed.get('y').size)
      form.delete('a')
      form.forEach((value, name) => lines.push(name))
      lines.push(caught(() => form.append('x')), caught(() => form.append('x', 'y', 'z')), caught(() => new FormData(5)))
      return lines.map(String)`)
  })

  it('take a byte order mark for a part of a name in forms that are URL-encoded', async () => {
    using isolate = new Isolate()
    const source = `
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const form = await new Response('\\ufeffname=\\ufeff', { headers }).formData()
      escape([...form].join())`
    expect(await isolate.run(source)).toBe('%uFEFFname%2C%uFEFF')
  })

  it('have blobs and files that do what Node’s do', async () => {
    await same(`
      const lines = []
      const blob = new Blob(['ab', new Uint8Array([99]), new Uint16Array([100]).buffer, new Blob(['e'])], { type: 'Text/Plain' })
      lines.push(blob.size, blob.type, JSON.stringify(await blob.text()), await blob.slice(1, 3).text(), await blob.slice(-1).text(), blob.slice(0, 1, 'x/Y').type, blob.slice(5, 2).size)
      lines.push(text(new Uint8Array(await blob.arrayBuffer())), new Blob(['x'], { type: 'ü' }).type, new Blob().size, caught(() => new Blob('text')), caught(() => new Blob([], 5)), new Blob(['a\\nb'], { endings: 'native' }).size)
      let read = ''
      for await (const chunk of blob.stream()) read += chunk.length
      lines.push(read)
      const file = new File(['content'], 'n.txt', { type: 'a/b', lastModified: 7 })
      lines.push(file.name, file.lastModified, file.size, file.type, file instanceof Blob, file.slice(0, 2) instanceof File, caught(() => new File(['a'])), Object.prototype.toString.call(file))
      return lines.map(String)`)
  })
})
