// What is used of packages that come without types, or with types of a browser's.
declare module 'whatwg-url' {
  export const URL: new (url: unknown, base?: unknown) => object
  export const URLSearchParams: new (init?: unknown) => object
}
declare module 'tr46' {
  export function toASCII(domain: string, options: object): string | null
}
declare module 'urlpattern-polyfill/urlpattern' {
  export const URLPattern: new (...args: unknown[]) => object
}
declare module '@exodus/bytes/encoding.js' {
  export function normalizeEncoding(label: string): string | null
  export class TextDecoder {
    constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean })
    decode(input?: unknown, options?: { stream?: boolean }): string
  }
}
declare module 'pako' {
  class Stream {
    constructor(options?: object)
    onData: (bytes: Uint8Array) => void
    readonly err: number
    readonly msg: string
    readonly ended: boolean
    readonly strm: { readonly avail_in: number }
    push(bytes: Uint8Array, last: boolean): boolean
  }
  export class Deflate extends Stream {}
  export class Inflate extends Stream {}
}
