import { SharedStore, type TenantApp, type TenantOptions } from 'isolates'
import { describe, expect, it } from 'vitest'
import { sanitized } from './helpers/sanitizer.js'
import { answering, app, ask, load, type Reply, type Started, start } from './helpers/servers.js'
import { patience, turn, until } from './helpers/until.js'

const naming = (name: string): TenantApp => ({
  source: answering(`return new Response('${name} ' + new URL(request.url).pathname)`),
})
const looping: TenantApp = { source: answering('for (;;);') }

const serveTenants = (apps: Record<string, TenantApp>, rest: TenantOptions = {}): Promise<Started> =>
  start('', { tenants: { by: 'path', apps, ...rest }, threads: 1 })

describe('tenants', () => {
  it('are told by the host name', async () => {
    const { url } = await start('', {
      tenants: { apps: { 'one.example': naming('one'), 'Two.example': naming('two') } },
    })
    const of = (host: string): Promise<Reply> => ask(`${url}/path`, { headers: { host } })
    expect((await of('one.example')).text).toBe('one /path')
    expect((await of('TWO.example:8080')).text).toBe('two /path')
    expect((await of('three.example')).status).toBe(404)
  })

  it('are told by the first part of the path, which their apps do not see', async () => {
    const { url } = await serveTenants({ one: naming('one'), 'zwei & drei': naming('two') })
    expect((await ask(`${url}/one`)).text).toBe('one /')
    expect((await ask(`${url}/one/a/b?c`)).text).toBe('one /a/b')
    expect((await ask(`${url}/zwei%20%26%20drei/x`)).text).toBe('two /x')
    expect((await ask(`${url}/%`)).status).toBe(404)
    expect((await ask(url)).status).toBe(404)
  })

  it('have isolates of their own, made with their first request', async () => {
    const counting = {
      source: answering('globalThis.count = (globalThis.count ?? 0) + 1; return Response.json(count)'),
    }
    const { url, server } = await serveTenants({ one: counting, two: counting, three: counting })
    expect([(await ask(`${url}/one`)).text, (await ask(`${url}/one`)).text, (await ask(`${url}/two`)).text]).toEqual([
      '1',
      '2',
      '1',
    ])
    expect((await server.stats()).tenants.map(({ tenant, requests }) => [tenant, requests])).toEqual([
      ['one', 2],
      ['two', 1],
    ])
  })

  it('may be files, with an environment of their own', async () => {
    const store = new SharedStore<number>()
    const { url } = await serveTenants({ web: { module: app('web.mjs'), env: { store } }, hono: app('hono.mjs') })
    expect((await ask(`${url}/web/visits`)).text).toBe('1')
    expect((await ask(`${url}/hono/users/7`)).text).toBe('{"id":"7","q":null}')
  })

  it('can reach nothing that was not given', async () => {
    const { url } = await serveTenants({
      one: {
        source: answering('return Response.json([typeof fetch, typeof process, typeof require, Object.keys(env)])'),
      },
    })
    expect((await ask(`${url}/one`)).text).toBe('["undefined","undefined","undefined",[]]')
  })

  it('that loop keep nobody but themselves waiting', async () => {
    const { url, errors } = await serveTenants({ good: naming('good'), bad: looping }, { timeout: 300 })
    expect((await ask(`${url}/good`)).text).toBe('good /')
    let over = false
    const bad = ask(`${url}/bad`).finally(() => {
      over = true
    })
    let answers = 0
    while (!over) {
      expect((await ask(`${url}/good`)).text).toBe('good /')
      answers += 1
    }
    expect((await bad).status).toBe(504)
    expect(answers).toBeGreaterThan(5)
    expect(errors[0]?.details).toMatchObject({ kind: 'request', tenant: 'bad' })
  })

  it('that were cut off are refused for some time, and then start anew', async () => {
    const source = answering(`if (request.url.endsWith('/loop')) for (;;); return new Response('fine')`)
    const { url } = await serveTenants({ one: { source } }, { timeout: 100 })
    expect((await ask(`${url}/one/loop`)).status).toBe(504)
    const refused = await ask(`${url}/one`)
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1'])
    let last = refused
    for (const deadline = Date.now() + patience; last.status !== 200 && Date.now() < deadline; )
      last = await ask(`${url}/one`)
    expect(last.text).toBe('fine')
  })

  it('that outgrow their memory end, and no other does', async () => {
    const growing = { source: answering('const list = []; for (;;) list.push(new Array(1000).fill(list.length))') }
    const { url, server } = await serveTenants(
      { good: naming('good'), bad: growing },
      { memoryLimit: 16, timeout: 20_000 },
    )
    expect((await ask(`${url}/good`)).text).toBe('good /')
    expect((await ask(`${url}/bad`)).status).toBe(500)
    expect((await ask(`${url}/good`)).text).toBe('good /')
    const tenants = async () => (await server.stats()).tenants.map(({ tenant, requests }) => [tenant, requests])
    // The answer may be there before the isolate is gone.
    for (const deadline = Date.now() + patience; (await tenants()).length > 1 && Date.now() < deadline; ) await turn()
    expect(await tenants()).toEqual([['good', 2]])
  })

  it('are ended when nobody asks them any more, and start again', async () => {
    const { url, server } = await serveTenants({ one: naming('one') }, { idleTimeout: 50 })
    expect((await ask(`${url}/one`)).text).toBe('one /')
    const alive = async (): Promise<number> => (await server.stats()).tenants.length
    for (const deadline = Date.now() + patience; (await alive()) > 0 && Date.now() < deadline; ) await turn()
    expect(await alive()).toBe(0)
    expect((await ask(`${url}/one`)).text).toBe('one /')
  })

  it('are ended, those that have waited longest first, when there are too many', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `t${index}`)
    const { url, server } = await serveTenants(Object.fromEntries(names.map((name) => [name, naming(name)])), {
      maxAlive: 3,
    })
    for (const name of names) expect((await ask(`${url}/${name}`)).text).toBe(`${name} /`)
    expect((await server.stats()).tenants.map(({ tenant }) => tenant)).toEqual(['t3', 't4', 't5'])
  })

  it('are refused when too many of their requests wait', async () => {
    const waiting = { source: answering('return new Promise((resolve) => setTimeout(resolve, 200, new Response()))') }
    const { url } = await serveTenants({ one: waiting }, { maxPending: 2 })
    const replies = await Promise.all(Array.from({ length: 5 }, () => ask(`${url}/one`)))
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 503, 503, 503])
  })

  it('come, change and go while the server runs', async () => {
    const { url, server } = await serveTenants({})
    expect((await ask(`${url}/one`)).status).toBe(404)
    server.setTenant('one', naming('first'))
    expect((await ask(`${url}/one`)).text).toBe('first /')
    server.setTenant('one', naming('second'))
    expect((await ask(`${url}/one`)).text).toBe('second /')
    expect(server.removeTenant('one')).toBe(true)
    expect((await ask(`${url}/one`)).status).toBe(404)
    expect(() => server.setTenant('one', {} as never)).toThrow(/must be a module/)
  })

  it('whose app does not load answer 500, and the server is told why', async () => {
    const { url, errors } = await serveTenants({ bad: { source: 'throw new Error("does not load")' } })
    expect((await ask(`${url}/bad`)).status).toBe(500)
    await until(() => errors.length > 0, 'the error')
    expect(errors[0]).toMatchObject({ error: { message: 'does not load' }, details: { kind: 'worker', tenant: 'bad' } })
  })

  it('two hundred of them, one hostile, answer all the others’ requests', async () => {
    const names = Array.from({ length: 199 }, (_, index) => `t${index}`)
    const apps = { ...Object.fromEntries(names.map((name) => [name, naming(name)])), bad: looping }
    const { url, errors } = await serveTenants(apps, sanitized ? { timeout: 5000 } : {})
    const hostile = load(`${url}/bad`, 2)
    for (let at = 0; at < names.length; at += 20) {
      const some = names.slice(at, at + 20)
      expect((await Promise.all(some.map((name) => ask(`${url}/${name}`)))).map(({ text }) => text)).toEqual(
        some.map((name) => `${name} /`),
      )
    }
    await hostile.stop()
    expect(errors.every(({ details }) => details.tenant === 'bad')).toBe(true)
  })

  it('are cut off by their time on a CPU, and may wait for longer', async () => {
    const waiting = {
      source: answering("return new Promise((resolve) => setTimeout(() => resolve(new Response('waited')), 800))"),
    }
    const { url, errors } = await serveTenants({ bad: looping, good: waiting }, { cpuTimeout: 500, timeout: 60_000 })
    const [bad, good] = await Promise.all([ask(`${url}/bad`), ask(`${url}/good`)])
    expect([bad.status, good.text]).toEqual([504, 'waited'])
    expect(errors[0]).toMatchObject({ error: { code: 'ERR_CPU_TIMEOUT' }, details: { kind: 'request', tenant: 'bad' } })
  })
})
