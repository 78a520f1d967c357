import { createConnection, type Socket } from 'node:net'
import { Channel } from 'isolates'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { start } from './helpers/servers.js'
import { until } from './helpers/until.js'

interface Talk {
  socket: Socket
  /** All that has come. */
  text(): string
  ended(): boolean
  /** Waits until the server has closed the connection. */
  all(): Promise<string>
}

function talk(port: number, ...pieces: (string | Uint8Array)[]): Talk {
  const socket = createConnection(port, '127.0.0.1')
  const received: Buffer[] = []
  let ended = false
  socket.on('data', (piece: Buffer) => received.push(piece))
  socket.on('error', () => {})
  socket.on('close', () => {
    ended = true
  })
  for (const piece of pieces) socket.write(piece)
  const text = (): string => Buffer.concat(received).toString('latin1')
  return {
    socket,
    text,
    ended: () => ended,
    async all() {
      await until(() => ended, 'the end of the connection')
      return text()
    },
  }
}

const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])
const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4)
const get = (path: string, ...fields: string[]): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`

// The addon's own server, and Node's, which stands in where that cannot be.
describe.each(['isolates', 'node'])('HTTP by %s', (front) => {
  beforeAll(() => {
    process.env['ISOLATES_HTTP'] = front
  })
  afterAll(() => {
    delete process.env['ISOLATES_HTTP']
  })

  it('keeps a connection open, or not, as the client asks', async () => {
    const { server } = await start('web.mjs', { workers: 1 })
    const kept = talk(server.port, get('/'))
    await until(() => kept.text().endsWith('Hello'), 'the first answer')
    expect(kept.text()).toMatch(/^Connection: keep-alive\r$/im)
    kept.socket.write(get('/json', 'Connection: close'))
    const text = await kept.all()
    expect(text).toMatch(/^Connection: close\r$/im)
    expect(text).toMatch(/\{"hello":"world"\}$/)
    const old = await talk(server.port, 'GET / HTTP/1.0\r\n\r\n').all()
    expect([statusOf(old), bodyOf(old)]).toEqual([200, 'Hello'])
    const oldKept = talk(server.port, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
    await until(() => oldKept.text().endsWith('Hello'), 'its answer')
    expect(oldKept.text()).toMatch(/^Connection: keep-alive\r$/im)
    oldKept.socket.destroy()
  })

  it('closes where the app says so', async () => {
    const { server } = await start('web.mjs', { workers: 1 })
    expect(bodyOf(await talk(server.port, get('/closes')).all())).toBe('bye')
  })

  it('writes a body of unknown length in chunks, and to old clients until the end', async () => {
    const { server } = await start('web.mjs', { workers: 1 })
    const path = '/download?bytes=3'
    const text = await talk(server.port, get(path, 'Connection: close')).all()
    expect(text).toMatch(/^Transfer-Encoding: chunked\r$/im)
    expect(bodyOf(text)).toBe('3\r\n\0\0\0\r\n0\r\n\r\n')
    const old = await talk(server.port, `GET ${path} HTTP/1.0\r\n\r\n`).all()
    expect(old).not.toMatch(/chunked/i)
    expect(bodyOf(old)).toBe('\0\0\0')
  })

  it('reads a body in whatever pieces it comes', async () => {
    const { server } = await start('web.mjs', { workers: 1 })
    const request = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nConnection: close\r\n\r\nhello world'
    const slow = talk(server.port)
    slow.socket.setNoDelay()
    for (const letter of request) await new Promise<unknown>((resolve) => slow.socket.write(letter, resolve))
    expect(bodyOf(await slow.all())).toBe('hello world')
    const chunked =
      'POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n' +
      '5;ext="a"\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n'
    expect(bodyOf(await talk(server.port, chunked).all())).toBe('hello world')
  })

  it('answers pipelined requests with bodies in their order', async () => {
    const { server } = await start('web.mjs', { workers: 2 })
    const post = (text: string): string =>
      `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: ${text.length}\r\n\r\n${text}`
    const texts = Array.from({ length: 200 }, (_, index) => `<${index}>`)
    const client = talk(server.port, texts.map(post).join('') + get('/later', 'Connection: close'))
    expect((await client.all()).match(/<\d+>|later/g)).toEqual([...texts, 'later'])
  })

  it('tells a client to go on that waits for that', async () => {
    const { server } = await start('web.mjs', { workers: 1 })
    const client = talk(
      server.port,
      'POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n',
    )
    await until(() => client.text().startsWith('HTTP/1.1 100 '), 'the go-ahead')
    client.socket.write('ok')
    expect(await client.all()).toMatch(/HTTP\/1\.1 200 [\s\S]*\r\n\r\nok$/)
    const other = await talk(server.port, get('/', 'Expect: miracles')).all()
    expect(statusOf(other)).toBe(417)
  })

  it('refuses what is no request', async () => {
    const { server, url } = await start('web.mjs', { workers: 1 })
    const post = 'POST /echo HTTP/1.1\r\nHost: x\r\n'
    const bad = {
      'no HTTP': 'hello\r\n\r\n',
      'another protocol': '\x16\x03\x01\x00\xff',
      'no host': 'GET / HTTP/1.1\r\n\r\n',
      'a space in a name': get('/', 'A B: c'),
      'a control character': get('/', 'A: b\0c'),
      'two lengths': `${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
      'length and chunks': `${post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      'a length that is none': `${post}Content-Length: -1\r\n\r\n`,
      'a length beyond all numbers': `${post}Content-Length: 99999999999999999999\r\n\r\n`,
      'chunks in chunks': `${post}Transfer-Encoding: chunked, identity\r\n\r\n`,
      'a size that is none': `${post}Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n`,
    }
    const statuses = await Promise.all(
      Object.entries(bad).map(async ([name, text]) => [name, statusOf(await talk(server.port, text).all())]),
    )
    // Of the last one the app has heard by the time: there is nothing left to be said.
    expect(Object.fromEntries(statuses)).toEqual(
      Object.fromEntries(
        Object.keys(bad).map((name) => [name, name === 'a size that is none' ? expect.anything() : 400]),
      ),
    )
    expect(await (await fetch(url)).text()).toBe('Hello')
  })

  it('takes heads up to a size', async () => {
    const { server } = await start('web.mjs', { workers: 1 })
    const large = await talk(server.port, get('/', `X: ${'x'.repeat(10_000)}`, 'Connection: close')).all()
    expect(statusOf(large)).toBe(200)
    expect(statusOf(await talk(server.port, get('/', `X: ${'x'.repeat(20_000)}`)).all())).toBe(431)
    expect(statusOf(await talk(server.port, get(`/${'x'.repeat(20_000)}`)).all())).toBe(431)
    if (front === 'isolates') {
      const many = Array.from({ length: 3000 }, (_, index) => `${index}: 1`)
      expect(statusOf(await talk(server.port, get('/', ...many)).all())).toBe(431)
    }
    const extensions = `POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}`
    expect(await talk(server.port, extensions).all()).not.toContain('200 OK')
  })

  it('does not wait for ever for a request', async () => {
    const timeouts = { headersTimeout: 200, requestTimeout: 200, keepAliveTimeout: 300 }
    const { server } = await start('web.mjs', { workers: 1, ...timeouts })
    if (front === 'isolates') {
      expect(statusOf(await talk(server.port, 'GET / HTTP/1.1\r\nHo').all())).toBe(408)
      expect(await talk(server.port).all()).toBe('')
      const body = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello'
      expect(statusOf(await talk(server.port, body).all())).toBe(408)
      const upload = `POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`
      expect(await talk(server.port, upload).all()).toBe('')
    }
    expect(bodyOf(await talk(server.port, get('/')).all())).toBe('Hello')
  })

  it('breaks off a body that is longer or shorter than was promised', async () => {
    const { server, errors } = await start('web.mjs', { workers: 1 })
    const right = await talk(server.port, get('/promised?length=4&bytes=4', 'Connection: close')).all()
    expect([/^Content-Length: 4\r$/im.test(right), bodyOf(right).length]).toEqual([true, 4])
    for (const bytes of [3, 5]) {
      const text = await talk(server.port, get(`/promised?length=4&bytes=${bytes}`)).all()
      expect(bodyOf(text).length).toBeLessThan(4)
    }
    await until(() => errors.length === 2, 'two errors')
  })

  it('takes no request after the last that a server answers', async () => {
    const began = new Channel()
    const goes = new Channel()
    const { server } = await start('web.mjs', { workers: 1, env: { began, goes } })
    const resting = talk(server.port, get('/'))
    const fresh = talk(server.port, ...(front === 'isolates' ? [] : [get('/', 'Connection: close')]))
    await until(() => resting.text().endsWith('Hello'), 'an answer')
    const busy = talk(server.port, get('/wait'))
    await began.receive()
    const closed = server.close()
    await Promise.all([resting.all(), fresh.all()])
    expect(busy.ended()).toBe(false)
    busy.socket.write(get('/'))
    await goes.send('go')
    const text = await busy.all()
    // Node answers what it has read by then.
    if (front === 'isolates') expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect([bodyOf(text).slice(0, 6), /^Connection: close\r$/im.test(text)]).toEqual(['waited', true])
    await closed
  })

  it('gets along with clients that vanish at any point', async () => {
    const { server, url } = await start('web.mjs', { workers: 2 })
    const request = 'POST /through HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'
    const vanish = async (length: number): Promise<void> => {
      const { socket } = talk(server.port)
      await new Promise<unknown>((resolve) => socket.write(request.slice(0, length), resolve))
      if (length % 2 === 0) socket.destroy()
      else socket.resetAndDestroy()
    }
    await Promise.all(Array.from(request, (_, index) => vanish(index + 1)))
    expect(await (await fetch(url)).text()).toBe('Hello')
    const active = async (): Promise<number> =>
      (await server.stats()).workers.reduce((sum, worker) => sum + worker.active, 0)
    // Each answer is a turn of every thread's loop: some connections may not even be accepted at the first.
    const deadline = performance.now() + 15_000
    let rests = 0
    while (rests < 50 && performance.now() < deadline) rests = (await active()) === 0 ? rests + 1 : 0
    expect(rests).toBe(50)
  })

  it('sends much to a reader that is slow, and others meanwhile', async () => {
    const { server, url } = await start('web.mjs', { workers: 1 })
    const slow = createConnection(server.port, '127.0.0.1')
    slow.pause()
    slow.write(get('/download?bytes=8000000', 'Connection: close'))
    for (let i = 0; i < 20; i++) expect(await (await fetch(url)).text()).toBe('Hello')
    let bytes = 0
    for await (const piece of slow) bytes += (piece as Buffer).length
    expect(bytes).toBeGreaterThan(8_000_000)
  })
})
