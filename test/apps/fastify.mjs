import Fastify from 'fastify'

const app = Fastify()
app.get('/', async () => 'Hello Fastify')
app.get('/users/:id', async (request) => ({ id: request.params.id }))
app.post('/json', async (request) => request.body)

export default app
