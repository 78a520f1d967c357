import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'
import { same } from './helpers/same.js'

const waitFor = `const next = (port, type = 'message') => new Promise((resolve) => port.addEventListener(type, resolve, { once: true }))`

async function run(source: string): Promise<unknown> {
  using isolate = new Isolate()
  return await isolate.run(`(async () => { ${waitFor}; ${source} })()`)
}

describe('MessageChannel', () => {
  it('carries what Node’s does', async () => {
    await same(`
      const lines = []
      const { port1, port2 } = new MessageChannel()
      const all = new Promise((done) => {
        let left = 6
        port2.onmessage = (event) => {
          lines.push([event.type, event.data, event.ports.length, event.target === port2, event instanceof MessageEvent])
          if (--left === 0) done()
        }
      })
      for (const value of [1, 'text', { a: [new Date(5), new Map([[1, 2]])] }, undefined, null, new Uint8Array([1, 2])]) port1.postMessage(value)
      lines.push(caught(() => port1.postMessage()), caught(() => port1.postMessage(() => 1)), caught(() => port1.postMessage(Symbol())))
      await all
      port1.close()
      lines.push(caught(() => new MessagePort()), caught(() => MessageChannel()))
      return lines.map(text)`)
  })

  it('moves buffers and ports, as Node does', async () => {
    await same(`
      const lines = []
      const { port1, port2 } = new MessageChannel()
      const inner = new MessageChannel()
      const buffer = new Uint8Array([1, 2, 3]).buffer
      const came = new Promise((resolve) => { port2.onmessage = resolve })
      port1.postMessage({ buffer, port: inner.port2 }, [buffer, inner.port2])
      const { data, ports } = await came
      lines.push(buffer.byteLength, data.buffer.byteLength, ports.length, ports[0] === data.port, data.port instanceof MessagePort, data.port !== inner.port2)
      const answer = new Promise((resolve) => { data.port.onmessage = resolve })
      inner.port1.postMessage('through the moved one')
      lines.push((await answer).data)
      lines.push(caught(() => port1.postMessage(1, [port1])))
      lines.push(caught(() => port1.postMessage(1, { transfer: [inner.port1, inner.port1] })))
      port1.close()
      inner.port1.close()
      return lines.map(text)`)
  })

  it('tells of messages in later turns of the loop, one in each, in their order', async () => {
    const source = `
      const { port1, port2 } = new MessageChannel()
      const order = []
      const all = new Promise((resolve) => {
        port2.onmessage = ({ data }) => {
          order.push(data)
          queueMicrotask(() => {
            order.push('after ' + data)
            if (data === 2) resolve()
          })
        }
      })
      port1.postMessage(1)
      port1.postMessage(2)
      order.push('posted')
      await all
      return order.join()`
    expect(await run(source)).toBe('posted,1,after 1,2,after 2')
  })

  it('keeps messages until somebody listens', async () => {
    const source = `
      const { port1, port2 } = new MessageChannel()
      const heard = []
      port2.addEventListener('message', ({ data }) => heard.push(data))
      port1.postMessage('early')
      await new Promise((resolve) => setTimeout(resolve, 5))
      const before = heard.length
      port2.start()
      await next(port2)
      return [before, ...heard].join()`
    expect(await run(source)).toBe('0,early')
  })

  it('takes messages along that wait in a port that is moved', async () => {
    const source = `
      const { port1, port2 } = new MessageChannel()
      port1.postMessage('waits')
      const moved = structuredClone(port2, { transfer: [port2] })
      port1.postMessage('comes later')
      port2.onmessage = () => { throw new Error('it was moved') }
      port2.postMessage('nobody gets this')
      moved.start()
      return [(await next(moved)).data, (await next(moved)).data].join()`
    expect(await run(source)).toBe('waits,comes later')
  })

  it('tells the other end of a close, behind what was sent before it', async () => {
    const source = `
      const { port1, port2 } = new MessageChannel()
      const heard = []
      port2.onmessage = ({ data }) => heard.push(data)
      port1.postMessage('last')
      port1.close()
      port1.postMessage('too late')
      await new Promise((resolve) => { port2.onclose = resolve })
      port2.postMessage('nobody is there')
      let refused
      try { structuredClone(port1, { transfer: [port1] }) } catch (error) { refused = error.name }
      return [...heard, refused].join()`
    expect(await run(source)).toBe('last,DataCloneError')
  })

  it('loses a message that carries its own receiver, and the channel with it', async () => {
    const source = `
      const { port1, port2 } = new MessageChannel()
      const closed = next(port1, 'close')
      port1.postMessage('lost', [port2])
      return (await closed).type`
    expect(await run(source)).toBe('close')
  })

  it('reports what a listener throws, and goes on', async () => {
    using isolate = new Isolate()
    const errors: string[] = []
    isolate.on('error', (error) => errors.push(error.message))
    const source = `(async () => {
      const { port1, port2 } = new MessageChannel()
      port2.onmessage = ({ data }) => { if (data === 1) throw new Error('mine'); globalThis.done(data) }
      const last = new Promise((resolve) => { globalThis.done = resolve })
      port1.postMessage(1)
      port1.postMessage(2)
      return await last
    })()`
    expect(await isolate.run(source)).toBe(2)
    await isolate.close()
    expect(errors).toEqual([expect.stringContaining('mine')])
  })

  it('does not keep close() waiting when nothing is on its way', async () => {
    await using isolate = new Isolate()
    isolate.runSync(
      'const { port1, port2 } = new MessageChannel(); port2.onmessage = () => {}; port1.onmessage = () => {}; 0',
    )
    await isolate.close()
    expect(isolate.state).toBe('closed')
  })

  it('delivers what is on its way before close() is done', async () => {
    const lines: string[] = []
    const isolate = new Isolate({ console: ({ text }) => lines.push(text) })
    isolate.runSync(`
      const { port1, port2 } = new MessageChannel()
      port2.onmessage = ({ data }) => { console.log(data); if (data < 3) port1.postMessage(data + 1) }
      port1.postMessage(1)`)
    await isolate.close()
    expect(lines).toEqual(['1', '2', '3'])
  })

  it('stays in its isolate: sending a port says what to take instead', async () => {
    using isolate = new Isolate()
    expect(() => isolate.runSync('new MessageChannel().port1')).toThrow(/MessagePort/)
  })
})

describe('structuredClone of objects of the platform', () => {
  it('copies files, blobs and keys', async () => {
    const source = `
      const blob = structuredClone({ blob: new Blob(['ab', 'c'], { type: 'text/x' }) }).blob
      const file = structuredClone(new File(['file'], 'name.txt', { type: 'text/y', lastModified: 7 }))
      const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt'])
      const key = structuredClone([made])[0]
      const iv = new Uint8Array(12)
      const same = async (k) => [...new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, k, iv))].join()
      return [
        blob instanceof Blob, blob.type, await blob.text(),
        file instanceof File, file.name, file.type, file.lastModified, await file.text(),
        key !== made && key instanceof CryptoKey, key.extractable, (await same(key)) === (await same(made)),
      ].join()`
    expect(await run(source)).toBe('true,text/x,abc,true,name.txt,text/y,7,file,true,false,true')
  })

  it('refuses a port that is not moved, and moves nothing then', async () => {
    const source = `
      const { port1, port2 } = new MessageChannel()
      const buffer = new ArrayBuffer(4)
      const names = []
      for (const value of [port1, { deep: [port1] }, [port2, () => 1]]) {
        try { structuredClone(value, { transfer: [buffer, port2] }) } catch (error) { names.push(error.name) }
      }
      port2.start()
      port1.postMessage('still here')
      return [...names, buffer.byteLength, (await next(port2)).data].join()`
    expect(await run(source)).toBe('DataCloneError,DataCloneError,DataCloneError,4,still here')
  })
})
