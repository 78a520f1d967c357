import { createConnection } from 'node:net'
import { Channel, SharedStore, serve } from 'isolates'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shadowed } from './helpers/sanitizer.js'
import { ask, start } from './helpers/servers.js'
import { until } from './helpers/until.js'

// The addon's own server, and Node's, which stands in where that cannot be.
describe.each(['isolates', 'node'])('serve() with HTTP by %s', (front) => {
  beforeAll(() => {
    process.env['ISOLATES_HTTP'] = front
  })
  afterAll(() => {
    delete process.env['ISOLATES_HTTP']
  })

  it('answers requests with what the app returns', async () => {
    const { url } = await start('web.mjs')
    const response = await fetch(url)
    expect([response.status, await response.text()]).toEqual([200, 'Hello'])
    expect(response.headers.get('content-type')).toBe('text/plain;charset=UTF-8')
    expect(response.headers.get('content-length')).toBe('5')
    expect(await (await fetch(`${url}/json`)).json()).toEqual({ hello: 'world' })
  })

  it('gives the app a Request with everything that came', async () => {
    const { url } = await start('web.mjs')
    const { text } = await ask(`${url}/request?a=1%20b`, { method: 'POST', headers: { 'X-Twice': ['one', 'two'] } })
    const { headers, ...rest } = JSON.parse(text)
    expect(rest).toEqual({ url: `${url}/request?a=1%20b`, method: 'POST', isRequest: true, body: true })
    expect(Object.fromEntries(headers)).toMatchObject({ host: new URL(url).host, 'x-twice': 'one, two' })
  })

  it('makes URLs by the standard, whatever the client sends', async () => {
    const { url } = await start('web.mjs')
    const { host } = new URL(url)
    const urlOf = async (path: string, headers = {}): Promise<string> =>
      JSON.parse((await ask(url, { path, headers })).text).url
    expect(await urlOf('/a/../request')).toBe(`${url}/request`)
    expect(await urlOf('/./request?x=/../y')).toBe(`${url}/request?x=/../y`)
    expect(await urlOf(`http://other.example/request`)).toBe('http://other.example/request')
    expect(await urlOf('/request', { host: 'EXAMPLE.com:80' })).toBe('http://example.com/request')
    expect(await urlOf("/request?q='a'", { host })).toMatch(/^http:\/\/127.0.0.1:\d+\/request\?q=%27/)
  })

  it('passes bodies both ways', async () => {
    const { url } = await start('web.mjs')
    const body = 'ä'.repeat(1000)
    const response = await fetch(`${url}/echo`, { method: 'POST', body, headers: { 'content-type': 'text/x' } })
    expect([await response.text(), response.headers.get('x-type')]).toEqual([body, 'text/x'])
    expect(new Uint8Array(await (await fetch(`${url}/bytes`)).arrayBuffer())).toEqual(new Uint8Array([0, 255, 128]))
    const chunked = new ReadableStream({
      start(controller) {
        for (const piece of ['one ', 'two ', 'three']) controller.enqueue(new TextEncoder().encode(piece))
        controller.close()
      },
    })
    const echoed = await fetch(`${url}/echo`, { method: 'POST', body: chunked, duplex: 'half' } as RequestInit)
    expect(await echoed.text()).toBe('one two three')
  })

  it('keeps status, its text and cookies apart', async () => {
    const { url } = await start('web.mjs')
    const teapot = await fetch(`${url}/teapot`)
    expect([teapot.status, teapot.statusText]).toEqual([418, 'Teapot'])
    expect((await fetch(`${url}/cookies`)).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('sends no body with HEAD, 204', async () => {
    const { url } = await start('web.mjs')
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '5', ''])
    // One that never ends is not begun.
    const endless = await fetch(`${url}/download?bytes=1e15`, { method: 'HEAD' })
    expect([endless.status, await endless.text()]).toEqual([200, ''])
    const empty = await fetch(`${url}/empty`)
    expect([empty.status, empty.headers.get('content-length'), await empty.text()]).toEqual([204, null, ''])
  })

  it('answers pipelined requests in their order', async () => {
    const { server } = await start('web.mjs', { workers: 1 })
    const socket = createConnection(server.port, '127.0.0.1')
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
    socket.write(get('/later') + get('/') + get('/json'))
    let text = ''
    socket.on('data', (piece) => {
      text += piece
    })
    await until(() => text.includes('world'), 'the last answer')
    socket.destroy()
    expect(text.match(/later|Hello|world/g)).toEqual(['later', 'Hello', 'world'])
  })

  it('answers 500 without details where the app fails, and tells the server of them', async () => {
    const { url, errors } = await start('web.mjs')
    for (const path of ['/throw', '/reject', '/nothing']) {
      const response = await fetch(url + path)
      expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error'])
    }
    await until(() => errors.length === 3, 'three errors')
    expect(errors.map(({ error }) => `${error.name}: ${error.message}`)).toEqual([
      'TypeError: secret detail',
      'RangeError: late detail',
      'TypeError: fetch() of the app must give a Response, got undefined',
    ])
    expect(errors[0]?.details).toMatchObject({ kind: 'request', method: 'GET', url: '/throw' })
    expect(errors[0]?.error.stack).toContain('web.mjs')
  })

  it('ends a connection whose response breaks off, instead of pretending that it is complete', async () => {
    const { url, errors } = await start('web.mjs')
    await expect(fetch(`${url}/breaks`).then((response) => response.text())).rejects.toThrow()
    await until(() => errors.length === 1, 'the error')
    expect(errors[0]?.error.message).toBe('broken')
  })

  it.skipIf(shadowed)('leaves a body more time than the timeout, also between its pieces', async () => {
    const { url, errors } = await start('web.mjs', { timeout: 400, workers: 1 })
    expect((await ask(`${url}/pauses`)).text).toBe('...')
    expect(errors).toEqual([])
  })

  it('cuts a request off that takes longer than its timeout, a loop too, and goes on', async () => {
    const { url, errors } = await start('web.mjs', { timeout: 400, workers: 1 })
    expect((await fetch(`${url}/loop`)).status).toBe(504)
    expect((await fetch(`${url}/hangs`)).status).toBe(504)
    expect(await (await fetch(url)).text()).toBe('Hello')
    await until(() => errors.length === 2, 'two errors')
    expect(errors.map(({ error }) => error.name)).toEqual(['TimeoutError', 'TimeoutError'])
  })

  it('aborts the signal of a request whose client goes away', async () => {
    const aborts = new Channel<string>()
    const began = new Channel<string>()
    const { url } = await start('web.mjs', { env: { aborts, began }, workers: 1 })
    const controller = new AbortController()
    const answer = fetch(`${url}/hangs`, { signal: controller.signal })
    await began.receive()
    controller.abort()
    await expect(answer).rejects.toThrow()
    expect(await aborts.receive({ timeout: 10_000 })).toBe('AbortError')
    expect(await (await fetch(`${url}/aborted`)).json()).toBe(1)
  })

  it('gives all workers the same environment', async () => {
    const store = new SharedStore<number>()
    const { url } = await start('web.mjs', { env: { store }, workers: 4 })
    const counts = await Promise.all(
      Array.from({ length: 20 }, async () => Number(await (await fetch(`${url}/visits`)).text())),
    )
    expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    expect(store.get('visits')).toBe(20)
  })

  it('sends server-sent events as they come', async () => {
    const events = new Channel<number>()
    const { url } = await start('web.mjs', { env: { events } })
    const response = await fetch(`${url}/events`)
    const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>
    for (const number of [1, 2, 3]) {
      await events.send(number)
      // The next is sent only when this one has come.
      expect(new TextDecoder().decode((await reader.read()).value)).toBe(`data: ${number}\n\n`)
    }
    events.close()
    expect((await reader.read()).done).toBe(true)
  })

  it('keeps to the pace of a slow reader', async () => {
    const { url, server } = await start('web.mjs', { workers: 1 })
    const socket = createConnection(server.port, '127.0.0.1')
    socket.write('GET /download?bytes=200000000 HTTP/1.1\r\nHost: x\r\n\r\n')
    await new Promise((resolve) => socket.once('readable', resolve))
    // Others are answered meanwhile, and what nobody has read was not made.
    for (let i = 0; i < 50; i++) expect(await (await fetch(url)).text()).toBe('Hello')
    const { workers } = await server.stats()
    expect(workers[0]?.memory).toBeLessThan(64 * 2 ** 20)
    socket.destroy()
  })

  it('goes on when nobody reads an upload', async () => {
    const { url } = await start('web.mjs', { workers: 1 })
    const response = await fetch(`${url}/ignore`, { method: 'POST', body: new Uint8Array(5_000_000) })
    expect(await response.text()).toBe('ignored')
    expect(await (await fetch(url)).text()).toBe('Hello')
  })

  it('streams a body in and out again', async () => {
    const { url } = await start('web.mjs')
    const body = new Uint8Array(3_000_000).map((_, index) => index % 251)
    const response = await fetch(`${url}/through`, { method: 'POST', body })
    expect(Buffer.compare(new Uint8Array(await response.arrayBuffer()), body)).toBe(0)
  })

  it('tells the access log of each request', async () => {
    const entries: unknown[] = []
    const { url } = await start('web.mjs', { accessLog: (entry) => entries.push(entry) })
    await fetch(url)
    await fetch(`${url}/teapot`)
    await until(() => entries.length === 2, 'two entries')
    expect(entries).toMatchObject([
      { method: 'GET', url: '/', status: 200, aborted: false },
      { method: 'GET', url: '/teapot', status: 418 },
    ])
  })

  it('counts what each worker does', async () => {
    const { url, server } = await start('web.mjs', { workers: 2, threads: 1 })
    for (let i = 0; i < 10; i++) await fetch(url)
    await fetch(`${url}/throw`)
    const stats = await server.stats()
    expect(stats).toMatchObject({ state: 'ready', requests: 11, errors: 1, restarts: 0 })
    expect(stats.workers.map(({ number, state, active }) => ({ number, state, active }))).toEqual([
      { number: 1, state: 'ready', active: 0 },
      { number: 2, state: 'ready', active: 0 },
    ])
    expect(stats.workers.every(({ requests, memory }) => requests > 0 && memory > 100_000)).toBe(true)
  })

  it('refuses what it cannot do', async () => {
    await expect(serve({} as never)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
    await expect(serve({ module: './nowhere.mjs' })).rejects.toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    await expect(serve({ module: './package.json', port: 70_000 })).rejects.toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    await expect(serve({ module: './package.json', speed: 1 } as never)).rejects.toMatchObject({
      code: 'ERR_INVALID_OPTION',
    })
    const { server } = await start('web.mjs')
    await expect(start('web.mjs', { port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('fails to start with what the module throws', async () => {
    await expect(start('broken.mjs')).rejects.toThrow('does not start')
    await expect(start('listener.mjs', { runtime: 'bare' })).rejects.toThrow(/exports a function/)
  })
})
