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

export const libraries: readonly Library[] = [
  library('url', ['URL', 'URLSearchParams']),
  library('pattern', ['URLPattern']),
  library('encoding', ['TextDecoder', 'TextEncoder'], ['atob', 'btoa']),
  library('exception', ['DOMException']),
  library('clone', [], ['structuredClone']),
]
