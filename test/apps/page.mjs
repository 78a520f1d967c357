// A page that talks to its server in the ways that browsers have.
const page = `<!doctype html>
<title>A page</title>
<h1>Hello</h1>
<ul id="events"></ul>
<form method="post" action="/form" enctype="multipart/form-data">
  <input name="name"><input type="file" name="file"><button>Send</button>
</form>
<script type="module">
  document.querySelector('h1').textContent = (await (await fetch('/api', { method: 'POST', body: 'from the page' })).json()).text
  const source = new EventSource('/events')
  source.onmessage = ({ data }) => {
    const item = document.createElement('li')
    item.textContent = data
    document.querySelector('#events').append(item)
    if (data === '3') source.close()
  }
</script>`

const html = (text) => new Response(text, { headers: { 'content-type': 'text/html; charset=utf-8' } })

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url)
    if (pathname === '/') return html(page)
    if (pathname === '/api') return Response.json({ text: `Hello ${await request.text()}` })
    if (pathname === '/form') {
      const form = await request.formData()
      const file = form.get('file')
      return html(`<p>${form.get('name')} sent ${file.name}: ${await file.text()}</p>`)
    }
    if (pathname !== '/events') return new Response(null, { status: 404 })
    let next = 0
    const events = new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        next += 1
        controller.enqueue(new TextEncoder().encode(`data: ${next}\n\n`))
      },
    })
    return new Response(events, { headers: { 'content-type': 'text/event-stream' } })
  },
}
