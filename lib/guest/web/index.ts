/** A library of `lib/guest/web`, and which of its exports are globals. */
export interface Library {
  /** The name of its module. */
  readonly name: string
  /** Not enumerable. */
  readonly classes: readonly string[]
  /** Enumerable, as functions are by Web IDL. */
  readonly functions: readonly string[]
  /** Objects behind a getter. */
  readonly attributes: readonly string[]
}

function library(
  name: string,
  classes: readonly string[],
  functions: readonly string[] = [],
  attributes: readonly string[] = [],
): Library {
  return { name, classes, functions, attributes }
}

/** All of them; made when it is asked for, so that no isolate carries the list before. */
export function libraries(): readonly Library[] {
  return [
    library('url', ['URL', 'URLSearchParams']),
    library('pattern', ['URLPattern']),
    library('encoding', ['TextDecoder', 'TextEncoder'], ['atob', 'btoa']),
    library('exception', ['DOMException']),
    library('clone', [], ['structuredClone']),
    library('event', ['Event']),
    library('event-target', ['EventTarget']),
    library('events', ['CloseEvent', 'CustomEvent', 'ErrorEvent', 'MessageEvent', 'PromiseRejectionEvent']),
    library('report', [], ['reportError']),
    library('abort', ['AbortController', 'AbortSignal']),
    library('performance', ['Performance'], [], ['performance']),
    library('crypto', ['Crypto'], [], ['crypto']),
    library('subtle', ['CryptoKey', 'SubtleCrypto']),
    library('compression', ['CompressionStream', 'DecompressionStream']),
    library('navigator', ['Navigator'], [], ['navigator']),
    library('streams', [
      'ByteLengthQueuingStrategy',
      'CountQueuingStrategy',
      'ReadableByteStreamController',
      'ReadableStream',
      'ReadableStreamBYOBReader',
      'ReadableStreamBYOBRequest',
      'ReadableStreamDefaultController',
      'ReadableStreamDefaultReader',
      'TextDecoderStream',
      'TextEncoderStream',
      'TransformStream',
      'TransformStreamDefaultController',
      'WritableStream',
      'WritableStreamDefaultController',
      'WritableStreamDefaultWriter',
    ]),
    library('blob', ['Blob', 'File']),
    library('form', ['FormData']),
    library('headers', ['Headers']),
    library('message', ['Request', 'Response']),
    library('message-port', ['MessageChannel', 'MessagePort']),
    library('websocket', ['WebSocket', 'WebSocketPair']),
  ]
}
