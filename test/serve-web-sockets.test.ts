import { once } from 'node:events'
import { createConnection } from 'node:net'
import { Channel, type ServeOptions } from 'isolates'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { sanitized, shadowed } from './helpers/sanitizer.js'
import { answering, ask, type Started, start } from './helpers/servers.js'
import { until } from './helpers/until.js'

const opened = new Set<WebSocket>()

afterEach(() => {
  for (const socket of opened) socket.terminate()
  opened.clear()
})

interface Client {
  socket: WebSocket
  /** What has come, text as such. */
  messages: (string | Buffer)[]
  closed: Promise<[code: number, reason: string]>
}

function connect(url: string, path: string, protocols: string[] = [], options: ClientOptions = {}): Client {
  const socket = new WebSocket(url.replace(/^http/, 'ws') + path, protocols, { perMessageDeflate: false, ...options })
  opened.add(socket)
  // Tests that wait for an error hear it as well.
  socket.on('error', () => {})
  const messages: Client['messages'] = []
  socket.on('message', (data: Buffer, isBinary: boolean) => messages.push(isBinary ? data : data.toString()))
  const closed: Client['closed'] = new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve([code, String(reason)]))
  })
  return { socket, messages, closed }
}

async function open(...args: Parameters<typeof connect>): Promise<Client> {
  const client = connect(...args)
  await once(client.socket, 'open')
  return client
}

const serveSockets = (options: Partial<ServeOptions> = {}): Promise<Started> =>
  start('web-sockets.mjs', { runtime: 'bare', workers: 1, ...options })

// The addon's own server, and Node's, which stands in where that cannot be.
describe.each(['isolates', 'node'])('WebSockets of a bare app, HTTP by %s', (front) => {
  beforeAll(() => {
    process.env['ISOLATES_HTTP'] = front
  })
  afterAll(() => {
    delete process.env['ISOLATES_HTTP']
  })

  it('carry text and bytes both ways, in order', async () => {
    const { url } = await serveSockets()
    const { socket, messages } = await open(url, '/echo')
    const bytes = new Uint8Array(300_000).map((_, index) => index % 251)
    const sent = ['', 'hello', 'ü€😀', 'x'.repeat(70_000), Buffer.alloc(0), Buffer.from([0, 255]), Buffer.from(bytes)]
    for (const message of sent) socket.send(message)
    await until(() => messages.length === sent.length, 'all echoes')
    expect(messages).toEqual(sent)
  })

  it('carry thousands of messages that are under way at once', async () => {
    const { url } = await serveSockets()
    const { socket, messages } = await open(url, '/echo')
    const sent = Array.from({ length: 20_000 }, (_, number) => `message ${number}`)
    for (const message of sent) socket.send(message)
    await until(() => messages.length === sent.length, 'all echoes')
    expect(messages).toEqual(sent)
  })

  it('carry what the app sends by itself, and at once, and its code and reason', async () => {
    const { url } = await serveSockets()
    const { messages, closed } = connect(url, '/count')
    expect(await closed).toEqual([4000, 'counted'])
    expect(messages).toEqual(Array.from({ length: 1000 }, (_, number) => String(number)))

    const later = await open(url, '/later')
    later.socket.send('a')
    await until(() => later.messages.length === 2, 'what comes later')
    expect(later.messages).toEqual(['later a', 'and more'])
  })

  it.skipIf(shadowed)('make the app wait for a client that does not read', async () => {
    const { url } = await serveSockets()
    const { socket, messages, closed } = connect(url, '/flood')
    await once(socket, 'open')
    socket.pause()
    await ask(`${url}/`)
    socket.resume()
    expect((await closed)[0]).toBe(1000)
    expect(messages.length).toBe(1024)
  })

  it('keep messages that come before the app is ready', async () => {
    const { url } = await serveSockets()
    const { socket, messages } = connect(url, '/slow')
    await once(socket, 'open')
    socket.send('early')
    await until(() => messages.length === 1, 'the echo')
    expect(messages).toEqual(['early'])
  })

  it('agree on a protocol, and carry fields of the app', async () => {
    const { url } = await serveSockets()
    const client = connect(url, '/describe', ['first', 'second'])
    const [response] = (await once(client.socket, 'upgrade')) as [{ headers: Record<string, string> }]
    expect(response.headers['x-app']).toBe('here')
    await until(() => client.messages.length === 1, 'the message')
    expect(client.socket.protocol).toBe('second')
    expect(JSON.parse(String(client.messages[0]))).toEqual({
      readyState: 1,
      // The pair belongs to a client once the response is out.
      protocol: '',
      binaryType: 'arraybuffer',
      url: `${url}/describe`,
    })
  })

  it('give bytes as an ArrayBuffer or a Blob', async () => {
    const { url } = await serveSockets()
    const { socket, messages } = await open(url, '/types')
    for (const message of ['x', Buffer.from('x'), 'blob', Buffer.from('x')]) socket.send(message)
    await until(() => messages.length === 3, 'the types')
    expect(messages).toEqual(['String', 'ArrayBuffer', 'Blob'])
  })

  it.each([
    ['with a code and a reason', (socket: WebSocket) => socket.close(4321, 'enough'), [4321, 'enough', true]],
    ['without a code', (socket: WebSocket) => socket.close(), [1005, '', true]],
    ['without a word', (socket: WebSocket) => socket.terminate(), [1006, '', false]],
  ])('tell the app that the client has gone, %s', async (_, leave, expected) => {
    const closed = new Channel<unknown[]>()
    const { url } = await serveSockets({ env: { closed } })
    const { socket } = await open(url, '/closing')
    leave(socket)
    expect(await closed.receive()).toEqual([...expected, true, 3])
  })

  it('are counted as requests until they are closed, and logged then', async () => {
    const log: { url: string; status: number; aborted: boolean }[] = []
    const { url, server } = await serveSockets({
      accessLog: ({ url, status, aborted }) => log.push({ url, status, aborted }),
    })
    const { socket, closed } = await open(url, '/echo')
    expect((await server.stats()).workers[0]).toMatchObject({ requests: 1, active: 1 })
    expect(log).toEqual([])
    socket.close()
    await closed
    await until(() => log.length === 1, 'the log')
    expect(log).toEqual([{ url: '/echo', status: 101, aborted: false }])
    expect((await server.stats()).workers[0]).toMatchObject({ requests: 1, active: 0, errors: 0 })
  })

  it('share their connection with no one, and leave others alone', async () => {
    const { url } = await serveSockets()
    const { socket, messages } = await open(url, '/echo')
    for (let number = 0; number < 10; number++) {
      socket.send(String(number))
      expect((await ask(`${url}/`)).text).toBe('Hello')
    }
    await until(() => messages.length === 10, 'all echoes')
  })

  it('may be refused by the app like any request', async () => {
    const { url } = await serveSockets()
    const { socket } = connect(url, '/plain')
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
    expect(response.statusCode).toBe(426)
  })

  it('are compressed where that is asked for', async () => {
    const { url } = await serveSockets({ webSocket: { perMessageDeflate: true } })
    const { socket, messages } = await open(url, '/echo', [], { perMessageDeflate: true })
    expect(socket.extensions).toContain('permessage-deflate')
    socket.send('x'.repeat(100_000))
    await until(() => messages.length === 1, 'the echo')
    expect(messages[0]).toBe('x'.repeat(100_000))
    const plain = await open(url, '/echo')
    expect(plain.socket.extensions).toBe('')
  })

  it('end with code 1009 at a message that is too long', async () => {
    const { url } = await serveSockets({ webSocket: { maxPayload: 1000 } })
    const { socket, closed, messages } = await open(url, '/echo')
    socket.send('x'.repeat(1000))
    socket.send('x'.repeat(1001))
    expect((await closed)[0]).toBe(1009)
    expect(messages.length).toBe(1)
  })

  it('end when the client does not answer pings', async () => {
    const closed = new Channel<unknown[]>()
    const { url } = await serveSockets({ env: { closed }, webSocket: { pingInterval: 20 } })
    await open(url, '/closing', [], { autoPong: false })
    expect((await closed.receive())?.slice(0, 3)).toEqual([1006, '', false])
  })

  it('stay when the client answers pings, also one whose messages keep the app busy', async () => {
    const { url } = await serveSockets({ webSocket: { pingInterval: 500 } })
    const { socket, messages } = await open(url, '/busy')
    let pings = 0
    socket.on('ping', () => pings++)
    await until(() => pings > 0, 'a ping')
    socket.send('1200')
    await until(() => messages.length === 1 && pings > 2, 'the answer and more pings')
    socket.send('0')
    await until(() => messages.length === 2, 'another answer')
  })

  it.each([
    ['a key that is none', { 'sec-websocket-key': 'none' }, 400],
    ['a version that nobody speaks', { 'sec-websocket-version': '7' }, 400],
  ])('are not opened for %s', async (_, fields, status) => {
    const { url, errors } = await serveSockets()
    const headers = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...fields,
    }
    expect((await ask(`${url}/echo`, { headers })).status).toBe(status)
    expect(errors).toEqual([])
    expect((await ask(`${url}/`)).text).toBe('Hello')
  })

  it('are an error of an app that gives one to another request, or chooses a protocol nobody offered', async () => {
    const { url, errors } = await serveSockets()
    expect((await ask(`${url}/echo`)).status).toBe(500)
    await until(() => errors.length === 1, 'the error')
    expect(errors[0]?.error.message).toMatch(/does not ask for one/)
    const { socket } = connect(url, '/unoffered', ['one'])
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
    expect(response.statusCode).toBe(500)
    await until(() => errors.length === 2, 'the error')
    expect(errors[1]?.error.message).toMatch(/the protocol other, which the client has not offered/)
  })

  it('are not the only thing that a client may ask to change to', async () => {
    const { server } = await serveSockets()
    const socket = createConnection(server.port, '127.0.0.1')
    const fields = 'Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'
    socket.write(`GET / HTTP/1.1\r\n${fields}\r\n`)
    const [data] = (await once(socket, 'data')) as [Buffer]
    expect(String(data)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    socket.destroy()
  })

  it('see only their own messages fail', async () => {
    const { url, errors } = await serveSockets()
    const { socket, messages } = await open(url, '/throwing')
    const other = await open(url, '/echo')
    socket.send('x')
    await until(() => errors.length === 1, 'the error')
    expect(errors[0]).toMatchObject({ error: { message: 'by the app' }, details: { kind: 'uncaught' } })
    other.socket.send('y')
    await until(() => other.messages.length === 1, 'the echo')
    expect([messages, socket.readyState]).toEqual([[], WebSocket.OPEN])
  })

  it('end with code 1011 when the app takes too long', async () => {
    const { url, errors } = await serveSockets({ timeout: 400 })
    const looping = await open(url, '/looping')
    looping.socket.send('x')
    expect(await looping.closed).toEqual([1011, ''])
    expect(errors[0]).toMatchObject({ error: { name: 'TimeoutError' }, details: { kind: 'request', url: '/looping' } })
  })

  it('end with code 1011 when the isolate dies, all of them', async () => {
    const { url } = await serveSockets({ memoryLimit: 32 })
    const other = await open(url, '/echo')
    const exhausting = await open(url, '/exhausting')
    exhausting.socket.send('x')
    expect(await exhausting.closed).toEqual([1011, ''])
    expect(await other.closed).toEqual([1011, ''])
    const next = await open(url, '/echo')
    next.socket.send('again')
    await until(() => next.messages.length === 1, 'the echo of the successor')
  })

  it('outlast the time that the app has for a request', async () => {
    const { url, errors } = await serveSockets({ timeout: 300 })
    const { socket, messages } = await open(url, '/later')
    const began = Date.now()
    await until(() => Date.now() - began > 700, 'some time')
    socket.send('still')
    await until(() => messages.length === 2, 'the answer')
    expect(errors).toEqual([])
  })

  it('end with code 1001 when the server closes or reloads', async () => {
    const { url, server } = await serveSockets()
    const first = await open(url, '/echo')
    await server.reload()
    expect(await first.closed).toEqual([1001, ''])
    const second = await open(url, '/echo')
    const third = await open(url, '/later')
    await server.close()
    expect([await second.closed, await third.closed]).toEqual([
      [1001, ''],
      [1001, ''],
    ])
  })

  it('keep a server that closes no longer than its closeTimeout', async () => {
    const { url, server } = await serveSockets({ closeTimeout: 200 })
    const { socket } = await open(url, '/echo')
    // It does not even see that it is asked to go.
    socket.pause()
    await server.close()
    expect(server.state).toBe('stopped')
  })
})

describe('WebSockets', () => {
  it('are what upgradeWebSocket() of Hono wants', async () => {
    const { url } = await start('hono.mjs')
    const { socket, messages, closed } = await open(url, '/socket')
    socket.send('x')
    await until(() => messages.length === 1, 'the answer')
    expect(messages).toEqual(['Hono got x'])
    socket.close(1000)
    expect((await closed)[0]).toBe(1000)
  })

  it('of tenants are apart, and end with code 1011 when a limit is reached', async () => {
    const socketApp = (body: string): { source: string } => ({
      source: answering(`const pair = new WebSocketPair()
        pair[1].accept()
        pair[1].addEventListener('message', ({ data }) => { ${body} })
        return new Response(null, { status: 101, webSocket: pair[0] })`),
    })
    const apps = { good: socketApp("pair[1].send('good ' + data)"), bad: socketApp('for (;;);') }
    const { url } = await start('', { tenants: { by: 'path', apps, timeout: sanitized ? 2000 : 100 }, threads: 1 })
    const good = await open(url, '/good')
    const bad = await open(url, '/bad')
    bad.socket.send('x')
    for (let number = 0; number < 100; number++) good.socket.send(String(number))
    await until(() => good.messages.length === 100, 'all answers')
    expect(good.messages).toEqual(Array.from({ length: 100 }, (_, number) => `good ${number}`))
    expect(await bad.closed).toEqual([1011, ''])
    expect(good.socket.readyState).toBe(WebSocket.OPEN)
  })

  it('of tenants stay while a message keeps their app busy for longer than a client may take to answer pings', async () => {
    const source = answering(`const pair = new WebSocketPair()
      pair[1].accept()
      pair[1].addEventListener('message', ({ data }) => {
        for (const end = performance.now() + Number(data); performance.now() < end; );
        pair[1].send('done')
      })
      return new Response(null, { status: 101, webSocket: pair[0] })`)
    const options = {
      tenants: { by: 'path', apps: { app: { source } }, timeout: 20_000 },
      webSocket: { pingInterval: 500 },
    } as const
    const { url } = await start('', options)
    const { socket, messages } = await open(url, '/app')
    socket.send('1800')
    await until(() => messages.length === 1, 'the answer')
    socket.send('0')
    await until(() => messages.length === 2, 'another answer')
  })

  it.each([
    ['gives no answer', 'handle: () => null'],
    ['gives fields that are none', "handle: () => [101, '', [1, 2], undefined]"],
    ['smuggles lines into the handshake', "handle: () => [101, '', ['x-a', 'b\\r\\nc: d'], undefined]"],
    ['gives messages that are none', "handle: () => [101, '', [], undefined], take: () => [0, [{ }, 1]]"],
    ['gives no messages', "handle: () => [101, '', [], undefined], take: () => 7"],
    ['never waits', "handle: () => [101, '', [], undefined], take() {}"],
    ['sends nothing without end', "handle: () => [101, '', [], undefined], take: () => [0, []]"],
    ['never waits for a body', "handle: () => [200, '', [], true], pull: () => null"],
    ['closes with a code that is none', "handle: () => [101, '', [], undefined], take: () => [0, [['x', 7]]]"],
  ])('of a tenant that has broken its end of serve() harm no one: it %s', async (_, functions) => {
    const source = `const end = () => {}
      globalThis[Symbol.for('isolates.serve')] = { start() {}, end, settle: end, take: () => new Promise(end), ${functions} }
      ${answering("return new Response('')")}`
    const apps = { bad: { source }, good: { source: answering("return new Response('good')") } }
    const { url, server } = await start('', { tenants: { by: 'path', apps }, threads: 1 })
    const { socket } = connect(url, '/bad')
    await until(() => socket.readyState === WebSocket.CLOSED, 'the end of the connection')
    await ask(`${url}/bad`).catch(() => {})
    expect((await ask(`${url}/good`)).text).toBe('good')
    expect((await server.stats()).restarts).toBe(0)
  })

  it('are not for those who have no option right', async () => {
    const options = (webSocket: unknown): Partial<ServeOptions> => ({ webSocket: webSocket as never })
    await expect(start('web.mjs', options({ maxPayload: 0 }))).rejects.toThrow(/options\.webSocket\.maxPayload/)
    await expect(start('web.mjs', options({ pings: 1 }))).rejects.toThrow(/pings/)
    await expect(start('web.mjs', options(true))).rejects.toThrow(/options\.webSocket must be an object/)
  })
})

describe('a guest', () => {
  it('cannot open a WebSocket by itself, and is told so', async () => {
    const { Isolate } = await import('./helpers/isolates.js')
    using isolate = new Isolate()
    expect(() => isolate.runSync("new WebSocket('ws://localhost')")).toThrow(/A guest has no network/)
    expect(isolate.runSync('[WebSocket.OPEN, WebSocket.prototype.CLOSED, new WebSocketPair()[0].readyState]')).toEqual([
      1, 3, 1,
    ])
  })

  it('may use both ends itself', async () => {
    const { Isolate } = await import('./helpers/isolates.js')
    using isolate = new Isolate()
    const told = await isolate.run(`
      const [a, b] = Object.values(new WebSocketPair())
      const told = []
      const over = new Promise((resolve) => a.addEventListener('close', resolve))
      for (const [name, end] of [['a', a], ['b', b]]) {
        end.onmessage = ({ data }) => told.push([name, typeof data === 'string' ? data : data.byteLength])
        end.onclose = ({ code, reason, wasClean }) => told.push([name, code, reason, wasClean])
      }
      a.accept()
      a.send('before b accepts')
      b.accept()
      b.send(new Uint8Array(3))
      await null
      b.close(4000, 'done')
      a.send('too late?')
      await over
      await null
      told.push([a.readyState, b.readyState])
      told`)
    expect(told).toEqual([
      ['b', 'before b accepts'],
      ['a', 3],
      ['a', 4000, 'done', true],
      ['b', 'too late?'],
      ['b', 4000, 'done', true],
      [3, 3],
    ])
  })

  it.each([
    ['send() before accept()', 'pair[1].send(1)', /accept\(\).*before send/],
    ['a code that is never sent', 'pair[1].accept(); pair[1].close(1005)', /from 1000 to 4999/],
    ['a code that is none', "pair[1].accept(); pair[1].close('x')", /from 1000 to 4999/],
    ['a reason that is too long', "pair[1].accept(); pair[1].close(1000, 'ü'.repeat(62))", /at most 123 bytes/],
    ['a Blob', "pair[1].accept(); pair[1].send(new Blob(['x']))", /blob\.bytes\(\)/],
    ['a Response with an end that the app has accepted', 'pair[0].accept(); respond()', /was accepted by the app/],
    ['a Response with anything else', 'new Response(null, { status: 101, webSocket: {} })', /one of the two/],
    ['a Response of another status', 'new Response(null, { webSocket: pair[0] })', /status 101/],
    ['a Response of status 101 alone', 'new Response(null, { status: 101 })', /200 to 599/],
    ['a copy of a Response', 'respond().clone()', /one owner/],
  ])('is told what is wrong: %s', async (_, code, message) => {
    const { Isolate } = await import('./helpers/isolates.js')
    using isolate = new Isolate()
    const source = `const pair = new WebSocketPair()
      const respond = () => new Response(null, { status: 101, webSocket: pair[0] });
      ${code}`
    expect(() => isolate.runSync(source)).toThrow(message)
  })
})
