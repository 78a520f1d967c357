/**
 * The same app as a listener of Node's.
 *
 * @param {import('node:http').IncomingMessage} req
 * @param {import('node:http').ServerResponse} res
 */
export default function listener(req, res) {
  const isJson = req.url === '/json'
  const text = isJson ? JSON.stringify(answer(`http://${req.headers.host}${req.url}`)) : 'Hello World'
  res.writeHead(200, {
    'content-type': isJson ? 'application/json' : 'text/plain;charset=UTF-8',
    'content-length': Buffer.byteLength(text),
  })
  res.end(text)
}

/** @param {string} url */
function answer(url) {
  return {
    url,
    items: Array.from({ length: 20 }, (_, id) => ({ id, name: `item ${id}`, tags: ['a', 'b'], price: id * 1.5 })),
  }
}
