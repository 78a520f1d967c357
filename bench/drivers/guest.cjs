// Evaluates `1` and says so; then the first message is a function's source, answered by `null` when it is compiled,
// and every later message is an argument, answered by the function's result. CommonJS, because it starts faster than
// a module does.
const { runInThisContext } = require('node:vm')
const { parentPort } = require('node:worker_threads')

const port = parentPort ?? process
const send = parentPort ? (value) => parentPort.postMessage(value) : (value) => process.send(value)
let work

port.on('message', (message) => {
  if (work) {
    send(work(message))
  } else {
    work = runInThisContext(`(${message})`)
    send(null)
  }
})
send(runInThisContext('1'))
