import { once } from 'node:events'
import { Isolate, MemoryLimitError } from 'isolates'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ask, load, start } from './helpers/servers.js'
import { until } from './helpers/until.js'

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

describe.each(['bare', 'node'] as const)('Hono in %s isolates', (runtime) => {
  it('answers as it does elsewhere', async () => {
    const { url, server } = await start('hono.mjs', { runtime })
    expect(server.runtime).toBe(runtime)
    const hello = await fetch(url)
    expect([await hello.text(), hello.headers.get('access-control-allow-origin')]).toEqual(['Hello Hono', '*'])
    expect(await (await fetch(`${url}/users/42?q=x%20y`)).json()).toEqual({ id: '42', q: 'x y' })
    const form = new FormData()
    form.set('name', 'Ada')
    expect(await (await fetch(`${url}/form`, { method: 'POST', body: form })).json()).toEqual({ name: 'Ada' })
    const events = await fetch(`${url}/sse`)
    expect(events.headers.get('content-type')).toBe('text/event-stream')
    expect(await events.text()).toBe('data: tick 0\n\ndata: tick 1\n\ndata: tick 2\n\n')
    const failed = await fetch(`${url}/fails`)
    expect([failed.status, await failed.text()]).toEqual([500, 'caught: inside of Hono'])
    expect((await fetch(`${url}/nowhere`)).status).toBe(404)
  })
})

/** The isolates of the server that a test has. */
const serving = (): Isolate[] => Isolate.all().filter((each): each is Isolate => each.name.startsWith('serve:'))

describe('apps of Node', () => {
  it('that export a listener', async () => {
    const { url, server } = await start('listener.mjs')
    expect(server.runtime).toBe('node')
    expect(await (await fetch(`${url}/path`)).text()).toBe('plain GET /path')
  })

  it('of Express', async () => {
    const { url, server } = await start('express.mjs')
    expect(server.runtime).toBe('node')
    expect(await (await fetch(url)).text()).toBe('Hello Express')
    expect(await (await fetch(`${url}/users/42`)).json()).toEqual({ id: '42' })
    expect(await (await fetch(`${url}/json`, post({ a: [1] }))).json()).toEqual({ a: [1] })
    const failed = await fetch(`${url}/fails`)
    expect([failed.status, await failed.text()]).toEqual([500, 'caught: inside of Express'])
  })

  it('of Fastify', async () => {
    const { url } = await start('fastify.mjs', { runtime: 'node' })
    expect(await (await fetch(url)).text()).toBe('Hello Fastify')
    expect(await (await fetch(`${url}/users/42`)).json()).toEqual({ id: '42' })
    expect(await (await fetch(`${url}/json`, post({ a: [1] }))).json()).toEqual({ a: [1] })
  })

  it('of Koa', async () => {
    const { url } = await start('koa.mjs', { runtime: 'node' })
    expect(await (await fetch(`${url}/path`)).text()).toBe('Hello Koa /path')
  })

  it('that listen by themselves: at the port of the server, not at their own', async () => {
    const { url, server } = await start('express-listens.cjs')
    expect(server.port).not.toBe(3000)
    expect(await (await fetch(url)).text()).toBe('Hello listening Express')
  })

  it('with WebSockets', async () => {
    const { url } = await start('sockets.mjs', { runtime: 'node' })
    expect(await (await fetch(url)).text()).toBe('Hello sockets')
    const socket = new WebSocket(url.replace('http', 'ws'))
    await once(socket, 'open')
    const echoed = (message: string | Uint8Array): Promise<Buffer> => {
      socket.send(message)
      return once(socket, 'message').then(([data]) => data)
    }
    expect(String(await echoed('hello'))).toBe('hello')
    const bytes = new Uint8Array(1_000_000).map((_, index) => index % 251)
    expect(Buffer.compare(await echoed(bytes), bytes)).toBe(0)
    socket.close()
    await once(socket, 'close')
  })

  it('are swapped under load, and no request fails', async () => {
    const { url, server } = await start('stubborn.mjs', { runtime: 'node' })
    const before = await (await ask(url)).text
    const clients = load(url)
    await server.reload()
    const { answers, failures } = await clients.stop()
    expect(failures).toEqual([])
    expect(answers).toBeGreaterThan(10)
    expect((await ask(url)).text).not.toBe(before)
  })

  it.each(['crash', 'exit'])('are started again after a %s', async (way) => {
    const { url, server, errors } = await start('stubborn.mjs', { runtime: 'node', workers: 2 })
    await expect(ask(`${url}/${way}`)).rejects.toThrow()
    await until(() => errors.length === 1, 'word of it')
    for (let i = 0; i < 10; i++) expect((await ask(url)).text).toMatch(/^Hello/)
    expect((await server.stats()).restarts).toBe(1)
  })

  it('are given up when they take too long', async () => {
    const { url } = await start('stubborn.mjs', { runtime: 'node', timeout: 50 })
    expect((await ask(`${url}/hang`)).status).toBe(504)
  })

  it('are replaced after so many requests', async () => {
    const { url } = await start('stubborn.mjs', { runtime: 'node', workers: 1, maxRequests: 10 })
    const seen = new Set<string>()
    const deadline = Date.now() + 15_000
    while (seen.size < 3 && Date.now() < deadline) seen.add((await ask(url)).text)
    expect(seen.size).toBe(3)
  })

  it('that outgrow their memory are started again, and nobody else is harmed', async () => {
    const { url, errors } = await start('stubborn.mjs', { runtime: 'node', workers: 2, memoryLimit: 48 })
    await expect(ask(`${url}/grow`)).rejects.toThrow()
    await until(() => errors.length === 1, 'word of it')
    expect(errors[0]?.error).toBeInstanceOf(MemoryLimitError)
    for (let i = 0; i < 10; i++) expect((await ask(url)).text).toMatch(/^Hello/)
  })

  it('are Node isolates of the process, which can be looked into while they serve', async () => {
    const { url, server } = await start('stubborn.mjs', { runtime: 'node', workers: 2 })
    const [first, second] = serving()
    expect([first?.name, second?.name]).toEqual(['serve:1', 'serve:2'])
    const heap = await first?.run<number>("require('node:v8').getHeapStatistics().used_heap_size")
    expect(heap).toBeGreaterThan(2 ** 20)
    const profile = await second?.cpuProfile({ duration: 50 })
    expect(profile?.nodes.length).toBeGreaterThan(0)
    // One that somebody ends is replaced.
    first?.terminate(new Error('had enough of it'))
    // What it has accepted until its thread is gone goes with it.
    await first?.closed
    await until(() => serving().length === 2, 'another in its place')
    expect(serving().map(({ id }) => id)).not.toContain(first?.id)
    for (let i = 0; i < 10; i++) expect((await ask(url)).text).toMatch(/^Hello/)
    await server.close()
    expect(serving()).toEqual([])
  })

  it('have figures of their own', async () => {
    const { url, server } = await start('stubborn.mjs', { runtime: 'node', workers: 2 })
    const before = (await server.stats()).workers
    expect((await ask(`${url}/work`)).text).toMatch(/^worked/)
    const { workers } = await server.stats()
    const spent = workers.map(({ cpuMs }, index) => cpuMs - (before[index]?.cpuMs ?? 0))
    // Whichever got the request.
    expect(Math.max(...spent)).toBeGreaterThan(Math.min(...spent) + 100)
    for (const { memory } of workers) expect(memory).toBeGreaterThan(2 ** 20)
  })

  it('that are not ready in time are given up', async () => {
    const starting = start('late.mjs', { runtime: 'node', workers: 1, startTimeout: 200 })
    await expect(starting).rejects.toThrow(/not ready within its startTimeout of 200 ms/)
  })

  it('that do not start say why', async () => {
    await expect(start('broken.mjs', { runtime: 'node' })).rejects.toThrow('does not start')
    await expect(start('nothing.mjs', { runtime: 'node' })).rejects.toThrow(/neither listens nor exports an app/)
  })
})

describe('an upload of 100 MB', () => {
  it('goes through a bare app in flat memory', async () => {
    const { url, server } = await start('web.mjs', { workers: 1, memoryLimit: 64 })
    const size = 100_000_000
    let left = size
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = new Uint8Array(Math.min(left, 1_000_000))
        left -= piece.length
        if (piece.length > 0) controller.enqueue(piece)
        else controller.close()
      },
    })
    const response = await fetch(`${url}/upload`, { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect(await response.json()).toBe(size)
    expect((await server.stats()).workers[0]?.memory).toBeLessThan(64 * 2 ** 20)
  })
})
