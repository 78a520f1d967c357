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
    // So much work, and not so much time: on a busy machine those are two things.
    let sum = 0
    for (let i = 0; i < 3e8; i++) sum = (sum * 31 + i) | 0
    res.end(`worked ${sum}`)
  } else res.end(`Hello ${globalThis.started}`)
}

globalThis.started = Math.random()
