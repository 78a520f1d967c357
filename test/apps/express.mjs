import express from 'express'

const app = express()
app.use(express.json())
app.get('/', (_req, res) => res.send('Hello Express'))
app.get('/users/:id', (req, res) => res.json({ id: req.params.id }))
app.post('/json', (req, res) => res.json(req.body))
app.get('/fails', () => {
  throw new Error('inside of Express')
})
app.use((error, _req, res, _next) => res.status(500).send(`caught: ${error.message}`))

export default app
