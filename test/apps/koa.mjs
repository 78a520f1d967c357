import Koa from 'koa'

const app = new Koa()
app.use((context) => {
  context.body = `Hello Koa ${context.path}`
})

export default app
