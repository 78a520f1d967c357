// A worker thread that counts what it is sent: a number says how many messages follow, and is answered when they came.
const { parentPort } = require('node:worker_threads')

let left = 0
parentPort.on('message', (message) => {
  if (left === 0) left = message
  else if (--left === 0) parentPort.postMessage('arrived')
})
