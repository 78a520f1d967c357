/** The app in the style of the web. */
export default {
  /** @param {Request} request */
  fetch(request) {
    if (request.url.endsWith('/json')) return Response.json(answer(request.url))
    return new Response('Hello World')
  },
}

/** @param {string} url */
function answer(url) {
  return {
    url,
    items: Array.from({ length: 20 }, (_, id) => ({ id, name: `item ${id}`, tags: ['a', 'b'], price: id * 1.5 })),
  }
}
