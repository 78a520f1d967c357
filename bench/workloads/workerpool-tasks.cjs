// The same tasks, in the form that workerpool wants: its worker has to register them.
const { createRequire } = require('node:module')
const { join } = require('node:path')
const tasks = require('./tasks.cjs')

createRequire(join(__dirname, '../peers/workerpool/'))('workerpool').worker(tasks)
