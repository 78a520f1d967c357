import { Hono } from 'hono'
import { upgradeWebSocket } from 'hono/cloudflare-workers'
import { cors } from 'hono/cors'
import { streamSSE } from 'hono/streaming'

const app = new Hono()
app.use('*', cors())
app.get('/', (c) => c.text('Hello Hono'))
app.get('/users/:id', (c) => c.json({ id: c.req.param('id'), q: c.req.query('q') ?? null }))
app.post('/form', async (c) => c.json(await c.req.parseBody()))
app.get('/sse', (c) =>
  streamSSE(c, async (stream) => {
    for (let i = 0; i < 3; i++) await stream.writeSSE({ data: `tick ${i}` })
  }),
)
app.get(
  '/socket',
  upgradeWebSocket(() => ({ onMessage: (event, socket) => socket.send(`Hono got ${event.data}`) })),
)
app.get('/fails', () => {
  throw new Error('inside of Hono')
})
app.onError((error, c) => c.text(`caught: ${error.message}`, 500))

export default app
