import { URL, URLSearchParams } from 'whatwg-url'
import { customInspect, type Inspect } from './inspect.js'

const shown = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'searchParams',
  'hash',
]

customInspect(URL.prototype, function inspectUrl(this: Record<string, unknown>, depth, options, inspect) {
  if (typeof depth === 'number' && depth < 0) return this
  const parts: Record<string, unknown> = {}
  for (const name of shown) parts[name] = this[name]
  return `${this.constructor.name} ${inspect(parts, options)}`
})

customInspect(
  URLSearchParams.prototype,
  function inspectParams(this: Iterable<[string, string]>, depth, options, inspect: Inspect) {
    if (typeof depth === 'number' && depth < 0) return '[Object]'
    const pairs = [...this].map(([name, value]) => `${inspect(name, options)} => ${inspect(value, options)}`)
    if (pairs.length === 0) return 'URLSearchParams {}'
    const line = pairs.join(', ')
    const fits = line.length <= 72 && !line.includes('\n')
    return fits ? `URLSearchParams { ${line} }` : `URLSearchParams {\n  ${pairs.join(',\n  ')} }`
  },
)

export { URL, URLSearchParams }
