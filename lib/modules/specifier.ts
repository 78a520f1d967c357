import { isBuiltin } from 'node:module'

/** A URL for `./x`, `../x`, `/x` and whatever has a scheme; undefined for a bare name. */
export function parseUrlLike(specifier: string, base: string): URL | undefined {
  if (/^\.{0,2}\//.test(specifier)) return URL.canParse(specifier, base) ? new URL(specifier, base) : undefined
  return URL.canParse(specifier) ? new URL(specifier) : undefined
}

/** Taken apart; undefined for what cannot be the name of a package. */
export function parsePackage(specifier: string): { name: string; subpath: string } | undefined {
  const match = /^(?<name>@[^/\\%]+\/[^/\\%]+|[^@./\\%][^/\\%]*)(?<rest>\/.*)?$/s.exec(specifier)
  if (match?.groups === undefined) return undefined
  return { name: match.groups['name'] as string, subpath: `.${match.groups['rest'] ?? ''}` }
}

/** `node:fs` and `fs`: what Node has and a guest has not. */
export function isNodeModule(specifier: string): boolean {
  return isBuiltin(specifier)
}
