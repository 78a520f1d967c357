import { createServer, Server as HttpServer, type RequestListener } from 'node:http'
import { Server as NetServer } from 'node:net'
import type { Recognised } from './listener.js'
import { duplicate } from './socket.js'

/** The servers of an app that listen at the socket of `serve()`. */
export interface Listening {
  readonly servers: HttpServer[]
  /** Has a listener, or a server that does not listen yet, answer there. */
  open(app: Recognised): Promise<void>
  /** Resolves when all of them listen. */
  ready(): Promise<void>
}

type Listen = NetServer['listen']

/**
 * From now on an HTTP server of this thread that is told to listen at a port gets the shared socket instead, as `node:cluster` has it: so
 * an app that listens by itself needs no change. What listens at other ports than the first, or at a path, is left alone.
 */
export function captureListen(descriptor: number, port: number): Listening {
  const servers: HttpServer[] = []
  const all: Promise<void>[] = []
  const own = NetServer.prototype.listen as (...args: unknown[]) => NetServer
  let first: number | undefined

  const capture = (server: HttpServer, callback: unknown): void => {
    servers.push(server)
    const address = server.address.bind(server)
    // What it was told, for apps that print it.
    server.address = () => {
      const given = address()
      return given === null || typeof given === 'string' ? given : { ...given, port }
    }
    all.push(
      new Promise((resolve, reject) => {
        server.once('listening', resolve)
        server.once('error', reject)
      }),
    )
    const listener = typeof callback === 'function' ? [callback] : []
    Reflect.apply(own, server, [{ fd: duplicate(descriptor) }, ...listener])
  }

  NetServer.prototype.listen = function (this: NetServer, ...args: unknown[]): NetServer {
    const wanted = portOf(args[0])
    if (!(this instanceof HttpServer) || wanted === undefined || (first !== undefined && wanted !== first)) {
      return Reflect.apply(own, this, args) as NetServer
    }
    first = wanted
    capture(this, args.at(-1))
    return this
  } as Listen

  return {
    servers,
    async open(app) {
      const server = app instanceof HttpServer ? app : createServer(app as RequestListener)
      if (!server.listening && !servers.includes(server)) capture(server, undefined)
    },
    async ready() {
      await Promise.all(all)
    },
  }
}

/** The port that `listen()` was told; undefined for paths and descriptors. */
function portOf(argument: unknown): number | undefined {
  if (typeof argument === 'function' || argument === undefined || argument === null) return 0
  const port = typeof argument === 'object' ? (argument as { port?: unknown }).port : argument
  if (typeof argument === 'object' && ('path' in argument || 'fd' in argument) && port === undefined) return undefined
  const number = Number(port ?? 0)
  return Number.isInteger(number) ? number : undefined
}
