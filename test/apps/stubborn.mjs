// A Node app with ways to die.
export default (req, res) => {
  if (req.url === '/crash') {
    setImmediate(() => {
      throw new Error('crashed')
    })
  } else if (req.url === '/exit') process.exit(3)
  else if (req.url === '/hang') return
  else res.end(`Hello ${globalThis.started}`)
}

globalThis.started = Math.random()
