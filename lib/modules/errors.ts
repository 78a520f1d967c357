import type { ModuleCode } from '../codes.js'

/** Where an import stands and what it says, for messages. */
export interface Place {
  readonly specifier: string
  readonly referrer: string
}

/** An error that reaches whoever imports: in the guest as it is, at the host as a `RemoteError` with this code. */
export function moduleError(code: ModuleCode, what: string, { specifier, referrer }: Place): Error {
  const error = new Error(`Cannot import ${JSON.stringify(specifier)} from ${referrer}: ${what}`)
  return Object.assign(error, { code })
}

export function notFound(what: string, place: Place): Error {
  return moduleError('ERR_MODULE_NOT_FOUND', what, place)
}

export function forbidden(what: string, place: Place): Error {
  return moduleError('ERR_MODULE_FORBIDDEN', what, place)
}
