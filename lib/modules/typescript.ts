import * as nodeModule from 'node:module'
import { moduleError, type Place } from './errors.js'

type Strip = (source: string) => string

let strip: Strip | undefined

/** Puts blanks in the place of types, so that lines and columns stay. */
export function stripTypes(source: string, url: string, place: Place): string {
  strip ??= findStripper(place)
  try {
    return strip(source)
  } catch (error) {
    const { message } = error as Error
    throw moduleError('ERR_MODULE_TYPESCRIPT', `the types cannot be taken out of ${url}: ${message}`, place)
  }
}

function findStripper(place: Place): Strip {
  const { stripTypeScriptTypes } = nodeModule as { stripTypeScriptTypes?: (source: string) => string }
  if (stripTypeScriptTypes !== undefined) return quietly(stripTypeScriptTypes)
  try {
    // The library that Node itself uses; by another name than `require`, so that bundlers leave it where it is.
    const load = nodeModule.createRequire(__filename)
    const { transformSync } = load('amaro') as {
      transformSync(source: string, options: { mode: 'strip-only' }): { code: string }
    }
    return (source) => transformSync(source, { mode: 'strip-only' }).code
  } catch {
    throw moduleError(
      'ERR_MODULE_TYPESCRIPT',
      `Node ${process.version} cannot take types out of TypeScript by itself; install the package amaro beside this one`,
      place,
    )
  }
}

/** Node warns that its function is experimental; what stands behind it is not what a user of this package chose. */
function quietly(stripTypeScriptTypes: Strip): Strip {
  return (source) => {
    const { emitWarning } = process
    process.emitWarning = () => {}
    try {
      return stripTypeScriptTypes(source)
    } finally {
      process.emitWarning = emitWarning
    }
  }
}
