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
