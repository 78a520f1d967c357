// An app in the style of the web: a route for each thing that the tests look at.
const started = Math.random()
const encoder = new TextEncoder()
let requests = 0
let aborted = 0
let pauses = 0

async function count(stream) {
  let bytes = 0
  for await (const piece of stream) bytes += piece.length
  return bytes
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const routes = {
  '/': () => new Response('Hello'),
  '/json': () => Response.json({ hello: 'world' }),
  '/started': () => Response.json(started),
  '/requests': () => Response.json(requests),
  '/request': (request) =>
    Response.json({
      url: request.url,
      method: request.method,
      headers: [...request.headers],
      isRequest: request instanceof Request,
      body: request.body === null,
    }),
  '/echo': async (request) =>
    new Response(await request.text(), { headers: { 'x-type': request.headers.get('content-type') } }),
  '/bytes': () => new Response(new Uint8Array([0, 255, 128])),
  '/cookies': () => {
    const response = new Response('')
    response.headers.append('set-cookie', 'a=1')
    response.headers.append('set-cookie', 'b=2')
    return response
  },
  '/empty': () => new Response(null, { status: 204 }),
  '/teapot': () => new Response('short and stout', { status: 418, statusText: 'Teapot' }),
  '/pauses': () =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          await pause(500)
          controller.enqueue(encoder.encode('.'))
          if (++pauses % 3 === 0) controller.close()
        },
      }),
    ),
  '/later': async () => {
    await pause(5)
    return new Response('later')
  },
  '/slow': async (_request, env) => {
    env?.began?.trySend('slow')
    await pause(300)
    return new Response('slow')
  },
  '/wait': async (_request, env) => {
    env.began.trySend('wait')
    await env.goes.receive()
    return new Response('waited')
  },
  '/throw': () => {
    throw new TypeError('secret detail')
  },
  '/reject': async () => {
    await pause(1)
    throw new RangeError('late detail')
  },
  '/nothing': () => undefined,
  '/loop': () => {
    for (;;);
  },
  '/grow': () => {
    const list = []
    for (;;) list.push(new Array(1000).fill(list.length))
  },
  '/upload': async (request) => Response.json(await count(request.body)),
  '/ignore': () => new Response('ignored'),
  '/download': (request) => {
    let left = Number(new URL(request.url).searchParams.get('bytes'))
    return new Response(
      new ReadableStream({
        pull(controller) {
          const size = Math.min(65_536, left)
          if (size === 0) return controller.close()
          left -= size
          controller.enqueue(new Uint8Array(size))
        },
      }),
    )
  },
  '/promised': (request) => {
    const { searchParams } = new URL(request.url)
    const piece = new Uint8Array(Number(searchParams.get('bytes')))
    const stream = new ReadableStream({
      async pull(controller) {
        await pause(1)
        controller.enqueue(piece)
        controller.close()
      },
    })
    return new Response(stream, { headers: { 'content-length': searchParams.get('length') } })
  },
  '/closes': () => new Response('bye', { headers: { connection: 'close' } }),
  '/through': (request) => new Response(request.body),
  '/events': (_request, env) =>
    new Response(
      new ReadableStream({
        async start(controller) {
          for await (const event of env.events) controller.enqueue(encoder.encode(`data: ${event}\n\n`))
          controller.close()
        },
      }),
      { headers: { 'content-type': 'text/event-stream' } },
    ),
  '/breaks': () =>
    new Response(
      new ReadableStream({
        async start(controller) {
          controller.enqueue(encoder.encode('part'))
          await pause(5)
          controller.error(new Error('broken'))
        },
      }),
    ),
  '/hangs': (request, env) => {
    request.signal.addEventListener('abort', () => {
      aborted += 1
      env.aborts?.trySend(request.signal.reason.name)
    })
    env.began?.trySend('hangs')
    return new Promise(() => {})
  },
  '/aborted': () => Response.json(aborted),
  '/visits': (_request, env) => Response.json(env.store.add('visits', 1)),
  '/background': (_request, env, context) => {
    context.waitUntil(pause(50).then(() => env.store.set('background', 'done')))
    return new Response('ok')
  },
}

export default {
  fetch(request, env, context) {
    requests += 1
    const { pathname } = new URL(request.url)
    const route = routes[pathname]
    return route === undefined ? new Response('Not Found', { status: 404 }) : route(request, env, context)
  },
}
