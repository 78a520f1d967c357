import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { child, report, root } from './helpers/child.js'
import { type InspectorSession, Isolate } from './helpers/isolates.js'
import { failure } from './helpers/outcome.js'
import { patience, until } from './helpers/until.js'

/** The next event of that name. */
async function event(
  session: InspectorSession,
  name: string,
): Promise<Record<string, unknown> & { callFrames: Frame[] }> {
  const [{ params }] = await once(session, name, { signal: AbortSignal.timeout(patience) })
  return params
}

interface Frame {
  callFrameId: string
  functionName: string
  location: { lineNumber: number }
}

describe('inspector', () => {
  it('evaluates in an isolate that has nothing to do', async () => {
    await using isolate = new Isolate()
    using session = isolate.inspector()
    expect(await session.post('Runtime.evaluate', { expression: 'this.made = 6 * 7' })).toMatchObject({
      result: { type: 'number', value: 42 },
    })
    expect(await isolate.get('made')).toBe(42)
    const awaited = { expression: 'Promise.resolve("ä").then((x) => x + "€")', awaitPromise: true, returnByValue: true }
    expect(await session.post('Runtime.evaluate', awaited)).toMatchObject({ result: { value: 'ä€' } })
  })

  it('knows the scripts since the first session was there, and their text', async () => {
    await using isolate = new Isolate()
    using first = isolate.inspector()
    await first.post('Runtime.enable')
    await isolate.run('function before() { return "ü" }', { filename: '/app/before.js' })
    using session = isolate.inspector()
    const scripts: { url: string; scriptId: string }[] = []
    session.on('Debugger.scriptParsed', ({ params }) => scripts.push(params))
    await session.post('Debugger.enable')
    const script = scripts.find(({ url }) => url === 'file:///app/before.js')
    expect(await session.post('Debugger.getScriptSource', { scriptId: script?.scriptId })).toMatchObject({
      scriptSource: 'function before() { return "ü" }',
    })
  })

  it('pauses at a breakpoint, steps, evaluates there and goes on', async () => {
    await using isolate = new Isolate()
    using session = isolate.inspector()
    await session.post('Debugger.enable')
    await session.post('Debugger.setBreakpointByUrl', { url: 'file:///app/main.js', lineNumber: 2 })
    const paused = event(session, 'Debugger.paused')
    const source = 'function work(a) {\n  const b = a * 2\n  const c = b + 1\n  return c\n}\nwork(20)'
    const running = isolate.run(source, { filename: '/app/main.js' })
    const [frame] = (await paused).callFrames as [Frame]
    expect(frame).toMatchObject({ functionName: 'work', location: { lineNumber: 2 } })
    const callFrameId = frame.callFrameId
    const local = { callFrameId, expression: 'b' }
    expect(await session.post('Debugger.evaluateOnCallFrame', local)).toMatchObject({ result: { value: 40 } })
    await session.post('Debugger.evaluateOnCallFrame', { callFrameId, expression: 'b = 0, a = 50, 0' }).catch(() => {})
    const next = event(session, 'Debugger.paused')
    await session.post('Debugger.stepOver')
    expect((await next).callFrames[0]?.location.lineNumber).toBe(3)
    await session.post('Debugger.resume')
    expect(await running).toBe(41)
  })

  it('pauses in the midst of a loop that goes on, on demand', async () => {
    let isInside = false
    const inside = (): void => {
      isInside = true
    }
    const isolate = new Isolate({ console: inside })
    using session = isolate.inspector()
    const running = isolate.run(
      'function endless() { for (;;) step() } function step() {} console.log("in"); endless()',
    )
    running.catch(() => {})
    await until(() => isInside, 'the guest is in its loop')
    await session.post('Debugger.enable')
    const paused = event(session, 'Debugger.paused')
    await session.post('Debugger.pause')
    expect((await paused).callFrames.length).toBeGreaterThan(0)
    isolate.terminate()
    await isolate.closed
  })

  it('pauses where an exception is thrown', async () => {
    await using isolate = new Isolate()
    using session = isolate.inspector()
    await session.post('Debugger.enable')
    await session.post('Debugger.setPauseOnExceptions', { state: 'all' })
    const paused = event(session, 'Debugger.paused')
    const running = failure(isolate.run('(function thrower() { throw new Error("caught here") })()'))
    expect(await paused).toMatchObject({ reason: 'exception' })
    await session.post('Debugger.resume')
    expect(await running).toMatchObject({ message: 'caught here' })
  })

  it('does not count the time at a breakpoint for any limit', async () => {
    await using isolate = new Isolate({ timeout: 250, cpuTimeout: 250 })
    using session = isolate.inspector()
    await session.post('Debugger.enable')
    const paused = event(session, 'Debugger.paused')
    const running = isolate.run('debugger; 1')
    const waiting = isolate.run('new Promise((resolve) => setTimeout(resolve, 1, 2))')
    await paused
    await new Promise((resolve) => setTimeout(resolve, 600))
    await session.post('Debugger.resume')
    expect(await Promise.all([running, waiting])).toEqual([1, 2])
    // It did not go away, either.
    expect(await failure(isolate.run('for (;;);'))).toMatchObject({ name: 'TimeoutError' })
  })

  it('leaves the host and other isolates alone while one stands at a breakpoint', async () => {
    await using isolate = new Isolate()
    await using other = new Isolate()
    using session = isolate.inspector()
    await session.post('Debugger.enable')
    const paused = event(session, 'Debugger.paused')
    const running = isolate.run('debugger; 1')
    await paused
    expect(await other.run('2')).toBe(2)
    expect(other.runSync('3')).toBe(3)
    await session.post('Debugger.resume')
    expect(await running).toBe(1)
  })

  it('pauses nothing that the host runs on its own thread', async () => {
    await using isolate = new Isolate()
    using session = isolate.inspector()
    await session.post('Debugger.enable')
    expect(isolate.runSync('debugger; 6 * 7')).toBe(42)
    expect(isolate.callSync(() => 8)).toBe(8)
  })

  it('can be there several times', async () => {
    await using isolate = new Isolate()
    using one = isolate.inspector()
    using other = isolate.inspector()
    await Promise.all([one.post('Debugger.enable'), other.post('Debugger.enable')])
    const both = Promise.all([event(one, 'Debugger.paused'), event(other, 'Debugger.paused')])
    const running = isolate.run('debugger; 1')
    await both
    one.disconnect()
    await other.post('Debugger.resume')
    expect(await running).toBe(1)
  })

  it('lets the guest go on when the last session goes away', async () => {
    await using isolate = new Isolate()
    const session = isolate.inspector()
    await session.post('Debugger.enable')
    const paused = event(session, 'Debugger.paused')
    const running = isolate.run('debugger; debugger; 1')
    await paused
    session.disconnect()
    expect(await running).toBe(1)
    expect(await failure(session.post('Runtime.enable'))).toMatchObject({ code: 'ERR_INSPECTOR_CLOSED' })
  })

  it('can go away while what it evaluates stands at a breakpoint', async () => {
    await using isolate = new Isolate()
    const session = isolate.inspector()
    await session.post('Debugger.enable')
    const paused = event(session, 'Debugger.paused')
    const evaluated = failure(session.post('Runtime.evaluate', { expression: 'debugger; this.after = 1' }))
    await paused
    session.disconnect()
    expect(await evaluated).toMatchObject({ code: 'ERR_INSPECTOR_CLOSED' })
    expect(await isolate.get('after')).toBe(1)
  })

  it.each(['terminate', 'evaluate'] as const)('ends with an isolate that is terminated: %s', async (what) => {
    const isolate = new Isolate()
    const session = isolate.inspector()
    const closed = once(session, 'close')
    await session.post('Debugger.enable')
    const paused = event(session, 'Debugger.paused')
    const source = 'debugger; for (;;);'
    const running = what === 'evaluate' ? session.post('Runtime.evaluate', { expression: source }) : isolate.run(source)
    const ended = failure(running)
    await paused
    isolate.terminate('enough')
    expect(await ended).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
    await isolate.closed
    await closed
    expect(await failure(session.post('Runtime.enable'))).toMatchObject({ code: 'ERR_INSPECTOR_CLOSED' })
    expect(() => isolate.inspector()).toThrow(expect.objectContaining({ code: 'ERR_ISOLATE_CLOSED' }))
  })

  it('stops what it evaluates when the isolate is terminated', async () => {
    const isolate = new Isolate()
    const session = isolate.inspector()
    const evaluated = failure(session.post('Runtime.evaluate', { expression: 'for (;;);' }))
    await until(() => isolate.stats().state !== 'closed', 'it is there')
    isolate.terminate()
    expect(await evaluated).toMatchObject({ code: 'ERR_ISOLATE_CLOSED' })
    await isolate.closed
  })

  it('gives a call up at a breakpoint when its signal says so', async () => {
    await using isolate = new Isolate()
    using session = isolate.inspector()
    await session.post('Debugger.enable')
    const paused = event(session, 'Debugger.paused')
    const controller = new AbortController()
    const running = failure(isolate.run('debugger; 1', { signal: controller.signal }))
    await paused
    controller.abort('given up')
    expect(await running).toBe('given up')
    expect(await isolate.run('2')).toBe(2)
  })

  it('tells what the inspector refuses', async () => {
    await using isolate = new Isolate()
    using session = isolate.inspector()
    expect(await failure(session.post('No.such'))).toMatchObject({
      name: 'IsolateError',
      code: 'ERR_INSPECTOR_COMMAND',
      message: expect.stringContaining("'No.such' wasn't found"),
    })
    expect(await failure(session.post(1 as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })

  it('shows what the guest prints', async () => {
    await using isolate = new Isolate({ console: 'ignore' })
    using session = isolate.inspector()
    await session.post('Runtime.enable')
    const printed = event(session, 'Runtime.consoleAPICalled')
    await isolate.run('console.warn("%d bottles", 99)')
    expect(await printed).toMatchObject({ type: 'warning', args: [{ type: 'string', value: '99 bottles' }] })
  })

  it('is refused where there is none', async () => {
    await using isolate = new Isolate({ runtime: 'node' })
    await isolate.run('1')
    expect(() => isolate.inspector()).toThrow(expect.objectContaining({ code: 'ERR_INSPECTOR_UNAVAILABLE' }))
    expect(await failure(isolate.openInspector())).toMatchObject({ code: 'ERR_INSPECTOR_UNAVAILABLE' })
  })

  it('takes a CPU profile and a heap snapshot by the protocol, too', async () => {
    await using isolate = new Isolate()
    using session = isolate.inspector()
    await session.post('Profiler.enable')
    await session.post('Profiler.start')
    await session.post('Runtime.evaluate', { expression: 'for (const end = Date.now() + 20; Date.now() < end;);' })
    expect((await session.post('Profiler.stop')).profile.nodes.length).toBeGreaterThan(1)
    let length = 0
    session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => {
      length += params.chunk.length
    })
    await session.post('HeapProfiler.takeHeapSnapshot')
    expect(length).toBeGreaterThan(100_000)
  })
})

describe('openInspector', () => {
  function get(port: number, path: string, host?: string): Promise<{ status: number | undefined; body: string }> {
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, ...(host && { headers: { host } }) }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (data: string) => {
          body += data
        })
        response.on('end', () => resolve({ status: response.statusCode, body }))
      })
      asked.on('error', reject).end()
    })
  }

  it('names the isolate to debuggers, and nothing to web pages of others', async () => {
    await using isolate = new Isolate({ name: 'tenant-7' })
    await using server = await isolate.openInspector()
    expect(server.host).toBe('127.0.0.1')
    const { body } = await get(server.port, '/json/list')
    expect(JSON.parse(body)).toMatchObject([{ title: 'tenant-7', type: 'node', webSocketDebuggerUrl: server.url }])
    expect(JSON.parse((await get(server.port, '/json/version')).body)).toHaveProperty('Protocol-Version')
    expect((await get(server.port, '/json/list', 'evil.example')).status).toBe(400)
    expect((await get(server.port, '/else')).status).toBe(404)
    const wrong = new WebSocket(server.url.replace(/[^/]*$/, 'guessed'))
    expect(await failure(once(wrong, 'open'))).toBeDefined()
  })

  it('serves the protocol, and closes with the isolate', async () => {
    const isolate = new Isolate()
    const server = await isolate.openInspector()
    const socket = new WebSocket(server.url)
    await once(socket, 'open')
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: '6 * 7' } }))
    const [data] = await once(socket, 'message')
    expect(JSON.parse(String(data))).toMatchObject({ id: 1, result: { result: { value: 42 } } })
    socket.send(JSON.stringify({ id: 2, method: 'Runtime.runIfWaitingForDebugger' }))
    await server.attached
    const closed = once(socket, 'close')
    isolate.terminate()
    await closed
    await isolate.closed
    await server.close()
  })

  it('has a guest at a breakpoint go on when the debugger goes away', async () => {
    await using isolate = new Isolate()
    await using server = await isolate.openInspector()
    const socket = new WebSocket(server.url)
    await once(socket, 'open')
    const heard = (part: string): Promise<void> =>
      new Promise((resolve) => {
        socket.on('message', (data) => String(data).includes(part) && resolve())
      })
    const enabled = heard('"id":1')
    socket.send(JSON.stringify({ id: 1, method: 'Debugger.enable' }))
    await enabled
    const paused = heard('"Debugger.paused"')
    const running = isolate.run('debugger; 1')
    await paused
    socket.terminate()
    expect(await running).toBe(1)
  })

  it('refuses a port that is taken, and wrong options', async () => {
    await using isolate = new Isolate()
    await using server = await isolate.openInspector()
    expect(await failure(isolate.openInspector({ port: server.port }))).toMatchObject({ code: 'EADDRINUSE' })
    expect(await failure(isolate.openInspector({ port: -1 }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(await failure(isolate.openInspector({ prot: 1 } as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })

  it('lets node inspect step through a file of the isolate', async () => {
    await using isolate = new Isolate()
    await using server = await isolate.openInspector()
    const source = 'debugger\nconst first = 40\nconst second = first + 2\nsecond'
    const client = spawn(process.execPath, ['inspect', `127.0.0.1:${server.port}`], {
      cwd: root,
      env: { ...process.env, NODE_NO_WARNINGS: '1', NO_COLOR: '1', NODE_OPTIONS: '' },
    })
    let output = ''
    client.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    client.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    const shown = (what: RegExp): Promise<void> => until(() => what.test(output), `node inspect shows ${what}`)
    try {
      await server.attached
      await shown(/debug>/)
      const running = isolate.run(source, { filename: '/app/stepped.js' })
      await shown(/break in \S*stepped\.js:1/)
      client.stdin.write('next\n')
      await shown(/(break|step) in \S*stepped\.js:2/)
      client.stdin.write('next\n')
      await shown(/(break|step) in \S*stepped\.js:3/)
      client.stdin.write("exec('first + 1')\n")
      await shown(/\b41\b/)
      client.stdin.write('cont\n')
      expect(await running).toBe(42)
    } finally {
      client.kill()
    }
  })
})

describe('a process with an inspector', () => {
  const ways = {
    'ends by itself': '',
    exits: 'process.exit(0)',
    'exits at a breakpoint':
      'isolate.run("debugger").catch(() => {}); session.on("Debugger.paused", () => process.exit(0))',
    'ends with an uncaught exception at a breakpoint': `
      process.on("uncaughtException", () => process.exit(0))
      isolate.run("debugger").catch(() => {})
      session.on("Debugger.paused", () => { throw new Error("of the host") })`,
    'forgets all of it': 'session = server = isolate = undefined; gc(); setTimeout(() => gc(), 1)',
    'closes the isolate': 'await isolate.close()',
    'terminates the isolate at once': 'session.post("Runtime.enable").catch(() => {}); isolate.terminate()',
    'terminates the isolate at a breakpoint':
      'isolate.run("debugger").catch(() => {}); session.on("Debugger.paused", () => isolate.terminate())',
    'outgrows the memory':
      'session.on("Debugger.paused", () => session.post("Debugger.resume").catch(() => {})); await isolate.run("const list = []; for (;;) list.push(new Array(1000).fill(list.length))").catch(() => {})',
    'outgrows the memory in what it evaluates':
      'session.on("Debugger.paused", () => session.post("Debugger.resume").catch(() => {})); await session.post("Runtime.evaluate", { expression: "const list = []; for (;;) list.push(new Array(1000).fill(list.length))" }).catch(() => {})',
    'loses the isolate': `await isolate.run("'x'.repeat(2 ** 29 - 100).split('')").catch(() => {})`,
    'loses the isolate in what it evaluates': `await session.post("Runtime.evaluate", { expression: "'x'.repeat(2 ** 29 - 100).split('').length" }).catch(() => {})`,
  }

  it.each(Object.entries(ways))('%s', async (_way, end) => {
    const { code, signal, stdout } = await child(
      `
      const { Isolate } = require('isolates')
      let isolate = new Isolate({ memoryLimit: 64 })
      let session = isolate.inspector()
      let server
      session.post('Debugger.enable').then(async () => {
        server = await isolate.openInspector()
        console.log('attached')
        ${end}
      })
      `,
      { flags: ['--expose-gc'] },
    )
    // V8 says on stderr what it could not go on with.
    expect({ code, signal, stdout }).toEqual({ code: 0, signal: null, stdout: 'attached\n' })
  })

  it.each(['process.exit(7)', 'process.exitCode = 7; session.disconnect()'])(
    'ends with a worker that has one at a breakpoint: %s',
    async (end) => {
      const { code } = await report<{ code: number }>(`
        const { Worker } = require('node:worker_threads')
        const program = ${JSON.stringify(`
          const { Isolate } = require('isolates')
          const isolate = new Isolate()
          const session = isolate.inspector()
          session.on('Debugger.paused', () => { ${end} })
          session.post('Debugger.enable').then(() => isolate.run('debugger')).catch(() => {})
        `)}
        new Worker(program, { eval: true }).on('exit', (code) => setTimeout(() => console.log(JSON.stringify({ code })), 50))
      `)
      expect(code).toBe(7)
    },
  )
})
