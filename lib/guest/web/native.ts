/**
 * What the engine hands to the libraries: all they need of it. Each of these functions checks what it is given, for a
 * guest that breaks the language's builtins may get hold of them.
 */
export interface WebNative {
  /** Lone surrogates become U+FFFD. */
  encodeUtf8(text: string): Uint8Array
  encodeUtf8Into(text: string, into: Uint8Array): [read: number, written: number]
  /**
   * The text of bytes `from` to `to`. With `fatal` they must be valid, otherwise what is not becomes U+FFFD. Undefined
   * when they are not, and when a string cannot be as long.
   */
  decodeUtf8(bytes: ArrayBufferView, from: number, to: number, fatal: boolean): string | undefined
  /** Undefined when there is a character above U+00FF. */
  encodeBase64(text: string): string | undefined
  /** Undefined when it is none. */
  decodeBase64(text: string): string | undefined
  /** From the operating system; at most 65,536 bytes. */
  fillRandomly(into: ArrayBufferView): void
  /** Monotonic, in milliseconds from the isolate's beginning, with fractions. */
  now(): number
  /** When that was, in milliseconds since 1970. */
  timeOrigin(): number
  /**
   * `makeError` makes the exception for what cannot be copied, and `standIn` says what is in the copy in place of an object
   * that was made by `PlatformObject`.
   */
  structuredClone(
    value: unknown,
    transfer: unknown[] | undefined,
    makeError: (message: string) => unknown,
    standIn: (object: object) => unknown,
  ): unknown
  readonly PlatformObject: new () => object
}
