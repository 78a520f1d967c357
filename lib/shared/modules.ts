/**
 * How a host tells a guest what modules there are: the contract between lib/modules and lib/guest/modules.
 */
export type ModuleFormat = 'module' | 'commonjs' | 'json'

/** A shared value: one copy for all isolates. */
export interface ModuleRecord {
  readonly url: string
  readonly format: ModuleFormat
  /** Of a file. */
  readonly filename: string | undefined
  readonly source: string
}

/** Who asks: `import` in any form, or `require` in a CommonJS file. */
export type ImportKind = 'import' | 'require'

/** What a specifier means, and all that the guest needs for it and has not been sent yet. */
export interface ModuleReply {
  readonly url: string
  readonly modules: readonly ModuleRecord[]
  /** The names that CommonJS files export: a list for each, which begins with its URL. */
  readonly names: readonly (readonly string[])[]
  /** What the specifiers in those modules mean: `linkKey` and URL take turns. */
  readonly links: readonly string[]
}

export function linkKey(kind: ImportKind, referrer: string, specifier: string): string {
  return `${kind} ${referrer} ${specifier}`
}

/** The module that every isolate has. */
export const builtinModule = 'isolates'
