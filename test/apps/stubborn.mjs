// A Node app with ways to die.
export default (req, res) => {
  if (req.url === '/crash') {
    setImmediate(() => {
      throw new Error('crashed')
    })
  } else if (req.url === '/exit') process.exit(3)
  else if (req.url === '/hang') return
  else if (req.url === '/grow') {
    const list = []
    for (;;) list.push({ a: [1, 2, 3] })
  } else if (req.url === '/work') {
    const end = performance.now() + 300
    while (performance.now() < end);
    res.end('worked')
  } else res.end(`Hello ${globalThis.started}`)
}

globalThis.started = Math.random()
