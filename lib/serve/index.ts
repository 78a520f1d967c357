import { misuseError } from '../errors.js'
import { checkOptions } from '../shared/options.js'
import { type ServeOptions, serveChecks } from './options.js'
import { Server } from './server.js'

/**
 * Starts a web server whose workers are isolates of this process: the promise resolves when all of them are ready.
 *
 * The listening socket is opened once. Each I/O thread accepts from it by itself and enters its isolates itself, so that no request
 * passes through this thread, which may be busy or idle as it likes.
 *
 * @throws TypeError, RangeError for wrong options; errors of the system such as `EADDRINUSE`; what the module throws.
 *
 * @example
 * ```ts
 * // app.mjs: export default { fetch: (request, env) => new Response(`Hello ${new URL(request.url).pathname}`) }
 * const server = await serve({ module: './app.mjs', port: 3000 })
 * console.log(server.url)
 * ```
 */
export async function serve(options: ServeOptions): Promise<Server> {
  const checked = checkOptions(options, serveChecks)
  if ((checked.module === undefined) === (checked.tenants === undefined)) {
    throw misuseError('serve() needs one of the options module and tenants', 'ERR_INVALID_OPTION')
  }
  return await Server.start(checked)
}
