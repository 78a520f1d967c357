const app = require('express')()
app.get('/', (_req, res) => res.send('Hello listening Express'))
app.listen(3000)
