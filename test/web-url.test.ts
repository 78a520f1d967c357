import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Isolate } from './helpers/isolates.js'
import { same } from './helpers/same.js'

const bases = ['http://user@host:81/dir/file?query#hash', 'file:///c:/dir/x', 'ftp://h/p', 'ws://x', undefined]
const parts = [
  'http:', 'https:', 'file:', 'ftp:', 'ws:', 'foo:', 'javascript:', 'data:', '//', '/', '\\', '?', '#', '@', ':', '..', '.', '%2e', '%2E%2e', 'a', 'B',
  'example.com', 'EXAMPLE', 'xn--tda', 'ü', '😀', '\ud800', ' ', '\t', '\n', '%', '%zz', '%C3%BC', '[::1]', '[1:2:0:0:0:0:3:4]', '127.1', '0x7f.1', '256.1.1.1', '80',
  '443', '65536', '08', '<', '>', '"', "'", '`', '{', '}', '|', '~', '!', '$', '&', '=', '+', ';', ',', '(', ')', '*', '_', '-', '\u00ad', '\u3002', 'C:', 'c|',
] // biome-ignore format: a table

describe('URL', () => {
  it('gives what Node’s gives, for a thousand made of difficult pieces', async () => {
    const piece = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...parts) },
      { weight: 1, arbitrary: fc.string({ maxLength: 3 }) },
    )
    const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('').replaceAll('^', ''))
    const samples = fc.sample(fc.tuple(text, fc.constantFrom(...bases)), { numRuns: 1000, seed: 5 })
    const lists = await same(`
      const fields = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash']
      return ${JSON.stringify(samples)}.map(([url, base]) => JSON.stringify([url, base]) + ' ' + caught(() => { const made = new URL(url, base ?? undefined); return fields.map((name) => made[name]) }))`)
    expect(lists.filter((line) => !line.includes('threw')).length).toBeGreaterThan(300)
    expect(lists.filter((line) => line.includes('threw')).length).toBeGreaterThan(50)
  })

  it('has setters that do what Node’s do', async () => {
    await same(`
      const lines = []
      const values = ['', 'a', 'http', 'https:', 'foo', '8080', '80x', '?a=b', '#c', '/x/../y', 'ü', '\\ud800', '%zz', '@', 'a b', 'x'.repeat(5)]
      for (const start of ['http://u:p@h:81/a/b?c#d', 'mailto:a@b', 'file:///c:/d', 'foo://h/']) {
        for (const name of ['href', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash']) {
          for (const value of values) lines.push(start + ' ' + name + '=' + value + ': ' + caught(() => { const url = new URL(start); url[name] = value; return [url.href, url.searchParams.toString()] }))
        }
      }
      return lines`)
  })

  it('has search parameters tied to it', async () => {
    await same(`
      const url = new URL('http://x/?a=1&b=2&a=3')
      const { searchParams } = url
      const lines = [text(searchParams.getAll('a')), searchParams.get('z'), searchParams.has('a', '3'), searchParams.size]
      searchParams.append('c', 'ä +&=')
      lines.push(url.href)
      searchParams.delete('a', '1')
      searchParams.set('b', '9')
      searchParams.sort()
      lines.push(url.search, text([...searchParams]), text([...searchParams.keys()]), text([...searchParams.values()]))
      url.search = '?q=%41+b'
      lines.push(searchParams.toString(), searchParams === url.searchParams)
      searchParams.forEach((value, name, self) => lines.push([value, name, self === searchParams].join()))
      for (const init of ['?a=b', 'a=b&&c', { x: 1, y: 'z' }, [['a', 'b'], ['a', 'c']], new URLSearchParams('k=v'), '', [['a']], 5, undefined]) lines.push(caught(() => new URLSearchParams(init).toString()))
      lines.push(URL.canParse('x:y'), URL.canParse('nope'), URL.canParse('a', 'http://b'), JSON.stringify(url), Object.prototype.toString.call(url), Object.prototype.toString.call(searchParams[Symbol.iterator]()))
      lines.push(caught(() => URL('http://x')), caught(() => new URL()), caught(() => new URL('nope')), caught(() => URL.prototype.href))
      return lines.map(String)`)
  })

  it('does domains beyond ASCII as Node does', async () => {
    await same(`
      return ['faß.de', 'BÜCHER.example', 'xn--bcher-kva.de', '日本語。jp', '\\u200d.com', 'a\\u00adb.c', 'ⅷ.x', '☃.net', 'א1.com', 'ａ.b']
        .map((host) => host + ' ' + caught(() => new URL('http://' + host + '/').hostname))`)
  })
})

describe('URLPattern', () => {
  it('matches as the standard’s examples say', () => {
    using isolate = new Isolate()
    const source = `
      const pattern = new URLPattern({ pathname: '/books/:id(\\\\d+)/:rest*' })
      JSON.stringify([pattern.test('https://x/books/12/a/b'), pattern.test('https://x/books/ab'), pattern.exec('https://x/books/12/a/b').pathname.groups, pattern.pathname, new URLPattern('https://*.example.com/*').exec('https://a.example.com/b').hostname.groups['0']])`
    expect(JSON.parse(isolate.runSync(source))).toEqual([
      true,
      false,
      { id: '12', rest: 'a/b' },
      '/books/:id(\\d+)/:rest*',
      'a',
    ])
  })
})
