import { fieldOf } from '../../shared/fields.js'
import { use } from './library.js'

// What needs no parsing: a path without dot segments and what would be escaped, a host that is no special case.
const plainPath = /^\/(?!\/)(?:[\w\-~!$&()*+,;=:@/?]|%(?!2e)|\.(?![./?]|$|%2e))*$/i
const plainHost =
  /^(?!\d+(\.|:|$))[a-z\d-]+(\.[a-z][a-z\d-]*)*(:(?!80$)[1-9]\d{0,4})?$|^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(:(?!80$)[1-9]\d{0,4})?$/

/** The whole URL of a request, of its target and its header `Host`. */
export function urlOf(target: string, fields: readonly string[]): string {
  const host = fieldOf(fields, 'host') ?? 'localhost'
  if (host === lastHost && plainPath.test(target)) return `http://${host}${target}`
  if (plainHost.test(host)) {
    lastHost = host
    if (plainPath.test(target)) return `http://${host}${target}`
  }
  const { URL } = use('url') as {
    URL: { new (url: string, base?: string): { href: string }; canParse(url: string, base?: string): boolean }
  }
  const base = URL.canParse(`http://${host}`) ? `http://${host}` : 'http://localhost'
  // A proxy is asked for whole URLs; the target of CONNECT and OPTIONS need not be a path.
  if (/^https?:\/\//i.test(target) && URL.canParse(target)) return new URL(target).href
  const path = target.startsWith('/') ? target : `/${target}`
  return URL.canParse(`${base}${path}`) ? new URL(`${base}${path}`).href : `${base}/`
}

let lastHost = ''
