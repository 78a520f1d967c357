/**
 * Where Node's versions differ in what their console prints. The host tells the guest its own ways
 * (`consoleDialect` in lib/console.ts), so that both print alike.
 */
export interface Dialect {
  /** Symbol keys stand in brackets: `[Symbol(a)]: 1`. */
  readonly bracketedSymbolKeys: boolean
  /** Fields that buffers do not own are written like own ones: `byteLength: 4`, not `[byteLength]: 4`. */
  readonly plainBufferFields: boolean
  /** A proxy looks like its target: `{}`, not `Proxy({})`. */
  readonly bareProxies: boolean
  /**
   * When a class's name goes along with `Symbol.toStringTag`: whenever the two differ; when the name does not
   * contain the tag as a word; or when the tag's last dotted part differs.
   */
  readonly tagRule: 'differs' | 'contained' | 'dotted'
  /** Errors as Node 20 has them: inherited causes are shown and repeated stack lines are not collapsed. */
  readonly plainErrors: boolean
  /** `console.assert` turns a first argument that is no string into one. */
  readonly stringAssertions: boolean
}

export const newest: Dialect = {
  bracketedSymbolKeys: false,
  plainBufferFields: false,
  bareProxies: false,
  tagRule: 'dotted',
  plainErrors: false,
  stringAssertions: false,
}

export let dialect: Dialect = newest

export function speak(hostDialect: Dialect): void {
  dialect = hostDialect
}
