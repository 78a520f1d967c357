// WebSockets of a bare app: a path for each thing that the tests look at.
const sockets = {
  '/echo': (server) => server.addEventListener('message', ({ data }) => server.send(data)),
  '/describe': (server, request) => {
    const { readyState, protocol, binaryType } = server
    server.send(JSON.stringify({ readyState, protocol, binaryType, url: request.url }))
  },
  // Not within the call that brings a message.
  '/later': (server) =>
    server.addEventListener('message', async ({ data }) => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      server.send(`later ${data}`)
      await null
      server.send('and more')
    }),
  '/count': (server) => {
    for (let number = 0; number < 1000; number++) server.send(String(number))
    server.close(4000, 'counted')
  },
  '/flood': (server) => {
    const piece = 'x'.repeat(65_536)
    let sent = 0
    const more = () => {
      for (; sent < 1024 && server.bufferedAmount < 2 ** 20; sent++) server.send(piece)
      if (sent === 1024) server.close()
      else setTimeout(more)
    }
    more()
  },
  '/types': (server) => {
    server.addEventListener('message', ({ data }) => {
      if (data === 'blob') server.binaryType = 'blob'
      else server.send(data.constructor.name)
    })
  },
  '/closing': (server, _request, env) => {
    server.onclose = ({ code, reason, wasClean, isTrusted }) => {
      env.closed.trySend([code, reason, wasClean, isTrusted, server.readyState])
    }
  },
  '/busy': (server) =>
    server.addEventListener('message', ({ data }) => {
      for (const end = performance.now() + Number(data); performance.now() < end; );
      server.send('done')
    }),
  '/throwing': (server) => {
    server.addEventListener('message', () => {
      throw new Error('by the app')
    })
  },
  '/looping': (server) => {
    server.addEventListener('message', () => {
      for (;;);
    })
  },
  '/exhausting': (server) => {
    server.addEventListener('message', () => {
      const all = []
      for (;;) all.push(new Array(1000).fill(all.length))
    })
  },
}

export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/') return new Response('Hello')
    if (pathname === '/plain') return new Response('no WebSocket', { status: 426 })
    const [client, server] = Object.values(new WebSocketPair())
    const protocol = request.headers.get('sec-websocket-protocol')?.split(/, */).at(-1)
    const headers = { 'x-app': 'here', ...(protocol === undefined ? {} : { 'sec-websocket-protocol': protocol }) }
    const answer = () => new Response(null, { status: 101, webSocket: client, headers })
    if (pathname === '/unoffered') headers['sec-websocket-protocol'] = 'other'
    if (pathname === '/slow') {
      // Messages come before the app is there.
      server.send = undefined
      return new Promise((resolve) => {
        setTimeout(() => {
          server.addEventListener('message', ({ data }) => WebSocket.prototype.send.call(server, data))
          server.accept()
          resolve(answer())
        }, 5)
      })
    }
    server.accept()
    const response = answer()
    sockets[pathname]?.(server, request, env)
    return response
  },
}
