import { isIP } from 'node:net'
import { getSystemErrorMap } from 'node:util'
import { native } from '../runtime.js'

/**
 * A listening socket that no event loop belongs to: each thread that accepts from it has a duplicate of the descriptor, so
 * whoever dies closes its own only.
 */
export interface ListeningSocket {
  readonly descriptor: number
  readonly port: number
  readonly host: string
  close(): void
}

/** @throws Error with a `code` of the system, such as `EADDRINUSE`. */
export async function openSocket(host: string | undefined, port: number, backlog: number): Promise<ListeningSocket> {
  const name = host ?? '::'
  const address = isIP(name) === 0 ? await addressOf(name) : name
  let descriptor = native.listen(address, port, backlog, host !== undefined && address !== '::')
  // A machine without IPv6.
  if (descriptor < 0 && host === undefined) descriptor = native.listen('0.0.0.0', port, backlog, false)
  if (descriptor < 0) throw systemError(descriptor, `listen ${name}:${port}`)
  let open = true
  return {
    descriptor,
    port: native.portOf(descriptor),
    host: name,
    close() {
      if (open) native.closeDescriptor(descriptor)
      open = false
    },
  }
}

async function addressOf(name: string): Promise<string> {
  // Loaded where it is needed: no thread of a server does.
  const { lookup } = require('node:dns/promises') as typeof import('node:dns/promises')
  return (await lookup(name)).address
}

/** A descriptor of one's own for the same socket. */
export function duplicate(descriptor: number): number {
  const own = native.duplicate(descriptor)
  if (own < 0) throw systemError(own, 'dup')
  return own
}

/** What an error number of libuv stands for. */
export function systemError(errno: number, what: string): Error {
  const [code, message] = getSystemErrorMap().get(errno) ?? [`errno ${errno}`, 'unknown error']
  const hint = code === 'ENOSYS' ? '; serve() needs Linux or macOS' : ''
  return Object.assign(new Error(`${code}: ${message}, ${what}${hint}`), { code, errno, syscall: what.split(' ')[0] })
}
