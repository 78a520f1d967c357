import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Channel, SharedStore } from 'isolates'
import { describe, expect, it } from 'vitest'
import { child } from './helpers/child.js'
import { app, ask, load, start } from './helpers/servers.js'
import { patience, until } from './helpers/until.js'

describe('a server', () => {
  it('swaps all its workers under load, and no request fails', async () => {
    const { url, server } = await start('web.mjs', { workers: 3 })
    const before = await (await fetch(`${url}/started`)).json()
    const clients = load(`${url}/later`)
    for (let round = 0; round < 3; round++) await server.reload()
    const { answers, failures } = await clients.stop()
    expect(failures).toEqual([])
    expect(answers).toBeGreaterThan(20)
    expect(await (await fetch(`${url}/started`)).json()).not.toBe(before)
    const { workers, restarts } = await server.stats()
    expect([workers.length, restarts]).toEqual([3, 0])
  })

  it('lets what a worker is at come to its end before it is swapped', async () => {
    const env = { began: new Channel(), goes: new Channel() }
    const { url, server } = await start('web.mjs', { workers: 1, env })
    const answer = fetch(`${url}/wait`)
    await env.began.receive()
    const reloaded = server.reload()
    await env.goes.send('go')
    expect(await (await answer).text()).toBe('waited')
    await reloaded
  })

  it('loads the module again, and keeps its old workers when that fails', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'isolates-'))
    const module = join(folder, 'app.mjs')
    const write = (text: string): void => writeFileSync(module, text)
    const answering = (text: string): string => `export default { fetch: () => new Response('${text}') }`
    try {
      write(answering('first'))
      const { url, server } = await start('', { module, workers: 2 })
      write("throw new Error('changed for the worse')")
      await expect(server.reload()).rejects.toThrow('changed for the worse')
      expect(await (await fetch(url)).text()).toBe('first')
      write(answering('second'))
      await server.reload()
      expect(await (await fetch(url)).text()).toBe('second')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('replaces a worker that outgrows its memory, and only what that served fails', async () => {
    const env = { began: new Channel(), goes: new Channel() }
    const { url, server, errors } = await start('web.mjs', { workers: 2, threads: 1, memoryLimit: 32, env })
    // One of the two waits with this request when the other dies.
    const waiting = fetch(`${url}/wait`)
    await env.began.receive()
    const grown = await fetch(`${url}/grow`)
    expect(grown.status).toBe(500)
    await env.goes.send('go')
    expect(await (await waiting).text()).toBe('waited')
    await until(() => errors.some(({ details }) => details.kind === 'worker'), 'word of the end')
    for (let i = 0; i < 10; i++) expect(await (await fetch(url)).text()).toBe('Hello')
    const stats = await server.stats()
    expect(stats.restarts).toBe(1)
  })

  it('answers when its only worker has died, as soon as there is another', async () => {
    const { url } = await start('web.mjs', { workers: 1, memoryLimit: 32 })
    for (let round = 0; round < 3; round++) {
      expect((await fetch(`${url}/grow`)).status).toBe(500)
      expect(await (await fetch(url)).text()).toBe('Hello')
    }
  })

  it('replaces workers after so many requests, and none fails', async () => {
    const { url, server } = await start('web.mjs', { workers: 1, maxRequests: 10 })
    const seen = new Set<number>()
    // The one that has served enough goes on until its successor stands ready.
    const end = performance.now() + patience
    for (let i = 0; i < 60 || (seen.size < 3 && performance.now() < end); i++)
      seen.add(Number(await (await fetch(`${url}/started`)).text()))
    expect(seen.size).toBeGreaterThan(2)
    expect((await server.stats()).restarts).toBe(0)
  })

  it('replaces a thread whose loop stands still', async () => {
    const { url, server, errors } = await start('web.mjs', { workers: 1, timeout: 3000, maxEventLoopLag: 200 })
    const loop = (): Promise<number | string> =>
      fetch(`${url}/loop`).then(
        ({ status }) => status,
        () => 'died',
      )
    // What finds its isolate busy runs on another thread than the one that accepts, and only its time ends it.
    let outcome = await loop()
    while (outcome === 504) outcome = await loop()
    expect(outcome).toBe('died')
    expect(await (await fetch(url)).text()).toBe('Hello')
    expect(errors.map(({ details }) => details.kind)).toContain('worker')
    expect((await server.stats()).restarts).toBe(1)
  })

  it('goes on accepting when one of its threads dies', async () => {
    const { url } = await start('web.mjs', { workers: 4, threads: 4, timeout: 60_000, maxEventLoopLag: 200 })
    const doomed = fetch(`${url}/loop`).catch(() => 'died')
    // Each on a connection of its own: those that the dead thread had accepted are lost, and no other.
    let failures = 0
    let answers = 0
    let over = false
    void doomed.then(() => {
      over = true
    })
    while (!over || answers < 50) {
      await ask(url).then(
        () => (answers += 1),
        () => (failures += 1),
      )
    }
    expect(await doomed).toBe('died')
    expect(failures).toBeLessThanOrEqual(1)
  })

  it('waits for background work when it closes', async () => {
    const store = new SharedStore<string>()
    const { url, server } = await start('web.mjs', { env: { store }, workers: 1 })
    expect(await (await fetch(`${url}/background`)).text()).toBe('ok')
    await server.close()
    expect(store.get('background')).toBe('done')
    expect(server.state).toBe('stopped')
    await expect(fetch(url)).rejects.toThrow()
  })

  it('closes in time, whatever still goes on', async () => {
    const began = new Channel()
    const { url, server } = await start('web.mjs', { env: { began }, workers: 1, closeTimeout: 100 })
    const hanging = fetch(`${url}/hangs`).catch(() => 'cut off')
    await began.receive()
    await server.close()
    expect(await hanging).toBe('cut off')
  })

  it('ends gracefully on SIGTERM: what was begun is answered, and the process ends by the signal', async () => {
    const { stdout, signal, stderr } = await child(
      `
        import { Channel, serve } from 'isolates'
        const env = { began: new Channel(), goes: new Channel() }
        const server = await serve({ module: ${JSON.stringify(app('web.mjs'))}, port: 0, workers: 1, signals: true, env })
        const answer = fetch(server.url + '/wait').then((response) => response.text())
        await env.began.receive()
        process.kill(process.pid, 'SIGTERM')
        while (server.state === 'ready') await new Promise(setImmediate)
        await env.goes.send('go')
        console.log(await answer)
        await server.closed
      `,
      { module: true },
    )
    expect({ stdout, signal, stderr }).toEqual({ stdout: 'waited\n', signal: 'SIGTERM', stderr: '' })
  })

  it('leaves nothing behind when it closes: the process ends by itself', async () => {
    const { stdout, code } = await child(
      `
        import { serve } from 'isolates'
        const server = await serve({ module: ${JSON.stringify(app('web.mjs'))}, port: 0, workers: 2 })
        console.log(await (await fetch(server.url)).text())
        await server[Symbol.asyncDispose]()
      `,
      { module: true },
    )
    expect({ stdout, code }).toEqual({ stdout: 'Hello\n', code: 0 })
  })
})
