import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { report } from './helpers/child.js'
import { Isolate } from './helpers/isolates.js'
import { until } from './helpers/until.js'

let server: Server
let base = ''

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/redirect') {
      response.writeHead(302, { location: '/echo' }).end()
      return
    }
    if (request.url === '/never') return
    response.writeHead(200, {
      'content-type': 'text/plain',
      'x-method': request.method,
      'x-a': `${request.headers['x-a']}`,
    })
    request.pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

describe('fetch', () => {
  it('is not there unless the host gives it', () => {
    using isolate = new Isolate()
    expect(isolate.runSync('typeof fetch')).toBe('undefined')
  })

  it('refuses an option that is none', () => {
    expect(() => new Isolate({ fetch: 5 as never })).toThrow(/fetch/)
  })

  it('goes out by the host’s own', async () => {
    using isolate = new Isolate({ fetch: true, globals: { base } })
    const source = `
      const response = await fetch(base + '/redirect', { method: 'POST', body: 'x' })
      const second = await fetch(new Request(base + '/echo', { method: 'PUT', body: 'hällo', headers: { 'x-a': 'b' } }))
      ;[response.status, response.redirected, response.url === base + '/echo', response.headers.get('x-method'), second.headers.get('x-a'), second.ok, await second.text(), second instanceof Response].join()`
    expect(await isolate.run(source)).toBe('200,true,true,GET,b,true,hällo,true')
  })

  it('is answered by a function of the host, which sees a Request', async () => {
    const seen: string[] = []
    using isolate = new Isolate({
      fetch: async (request) => {
        seen.push(`${request.method} ${request.url} ${request instanceof Request} ${await request.text()}`)
        if (request.url.endsWith('error')) throw new RangeError('not today')
        if (request.url.endsWith('refused')) return Response.error()
        return Response.json({ n: 1 }, { status: 201, headers: { a: 'b' } })
      },
    })
    const source = `
      const response = await fetch('https://api.example/x', { method: 'POST', body: new URLSearchParams('q=1') })
      const failed = (promise) => promise.then(() => 'passed', (error) => error.name + ' ' + error.message)
      ;[response.status, (await response.json()).n, response.headers.get('a'), await failed(fetch('http://x/error')), await failed(fetch('http://x/refused')), await failed(fetch('nope')), await failed(fetch())].join('|')`
    expect(await isolate.run(source)).toMatch(
      /^201\|1\|b\|RangeError not today\|TypeError Failed to fetch\|TypeError [^|]*\|TypeError [^|]*$/,
    )
    expect(seen[0]).toBe('POST https://api.example/x true q=1')
  })

  it('hands bodies over as they are read, and cancels those nobody wants', async () => {
    let pulled = 0
    let cancelled = 0
    const body = (): ReadableStream<Uint8Array> =>
      new ReadableStream(
        {
          pull(controller) {
            pulled++
            controller.enqueue(new Uint8Array(1000))
          },
          cancel() {
            cancelled++
          },
        },
        { highWaterMark: 0 },
      )
    using isolate = new Isolate({ fetch: () => new Response(body()) })
    const source = `
      const reader = (await fetch('http://x')).body.getReader()
      let length = 0
      for (let i = 0; i < 3; i++) length += (await reader.read()).value.length
      await reader.cancel()
      const unread = await fetch('http://x')
      await unread.body.cancel()
      length`
    expect(await isolate.run(source)).toBe(3000)
    await until(() => cancelled === 2, 'two bodies to be cancelled')
    expect(pulled).toBeLessThan(10)
    // What is left when the isolate ends is given back as well.
    await isolate.run("globalThis.kept = await fetch('http://x'); 0")
    isolate.terminate()
    await until(() => cancelled === 3, 'the third body to be cancelled')
  })

  it('ends with the guest’s signal, and the host’s request with it', async () => {
    let signal: AbortSignal | undefined
    using isolate = new Isolate({
      fetch: (request) => {
        signal = request.signal
        return new Promise(() => {})
      },
    })
    const source = `
      const controller = new AbortController()
      const promise = fetch('http://x', { signal: controller.signal })
      setTimeout(() => controller.abort(new RangeError('enough')), 1)
      await promise.catch((error) => error.message)`
    expect(await isolate.run(source)).toBe('enough')
    await until(() => signal?.aborted === true, 'the request to be aborted')
    expect(
      await isolate.run(
        "await fetch('http://x', { signal: AbortSignal.abort(new Error('before')) }).catch((error) => error.message)",
      ),
    ).toBe('before')
  })

  it('gives the guest no way to the host', async () => {
    using isolate = new Isolate({ fetch: () => new Response('x') })
    const source = `
      const response = await fetch('http://x')
      const objects = [fetch, response, response.headers, response.body, fetch.constructor, response.constructor]
      ;[objects.every((object) => object.constructor.constructor === Function), fetch.constructor('return typeof process')(), typeof fetch.prototype].join()`
    expect(await isolate.run(source)).toBe('true,undefined,undefined')
  })

  it('does not keep the process, nor trouble its end', async () => {
    const source = `
      const { Isolate } = require('isolates')
      const isolate = new Isolate({ fetch: () => new Response(new ReadableStream({ pull(controller) { controller.enqueue(new Uint8Array(10)) } })) })
      isolate.run("const response = await fetch('http://x'); const reader = response.body.getReader(); await reader.read(); globalThis.more = reader.read(); 'done'").then((text) => { console.log(JSON.stringify(text)); process.exit(0) })`
    expect(await report(source)).toBe('done')
  })
})
