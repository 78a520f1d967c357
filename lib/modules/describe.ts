import { fileURLToPath } from 'node:url'
import { initSync, parse as parseCommonJs } from 'cjs-module-lexer'
import { parse } from 'es-module-lexer'
import type { ModuleFormat, ModuleRecord } from '../shared/modules.js'
import { share } from '../shared/share.js'
import { moduleError, type Place } from './errors.js'
import { stripTypes } from './typescript.js'

/** What a text may be before anybody has looked into it: `script` stands for files that do not say what they are. */
export type SourceFormat = ModuleFormat | 'script' | 'module-typescript' | 'commonjs-typescript' | 'script-typescript'

/** A module as it goes to guests, and what the host has found out about it. */
export interface Description {
  readonly record: ModuleRecord
  /** Specifiers of its static imports, or of its calls of `require` as far as they can be seen. */
  readonly requests: readonly string[]
  /** Names that a CommonJS file exports, and specifiers whose names it exports too. */
  readonly names: readonly string[]
  readonly reexports: readonly string[]
  /** What its last `sourceMappingURL` says. */
  readonly mapUrl: string | undefined
}

const requireCall = /\brequire\s*\(\s*(?:'([^'\\\n]+)'|"([^"\\\n]+)")\s*\)/g
const mapComment = '//# sourceMappingURL='

/** @throws Error with a code for TypeScript that cannot be stripped. Other errors in it are for V8 to find. */
export function describe(url: string, text: string, given: SourceFormat, place: Place): Description {
  let source = text.startsWith('\ufeff') ? text.slice(1) : text
  if (given.endsWith('-typescript')) source = stripTypes(source, url, place)
  const lexed = given === 'commonjs' || given === 'json' ? undefined : lex(source)
  const format = decide(given, lexed?.isModule ?? false)
  const filename = url.startsWith('file:') ? fileURLToPath(url) : undefined
  const record = share({ url, format, filename, source })
  const mapUrl = format === 'json' ? undefined : mapUrlOf(source)
  if (format === 'module') return { record, requests: lexed?.requests ?? [], names: [], reexports: [], mapUrl }
  if (format === 'json') return { record, requests: [], names: [], reexports: [], mapUrl }
  const { exports, reexports } = lexCommonJs(source)
  const requests = [...source.matchAll(requireCall)].map(([, single, double]) => single ?? (double as string))
  return { record, requests: [...new Set(requests)], names: [...new Set(exports)], reexports, mapUrl }
}

function decide(given: SourceFormat, isModule: boolean): ModuleFormat {
  if (given === 'json') return 'json'
  if (given.startsWith('script')) return isModule ? 'module' : 'commonjs'
  return given.startsWith('module') ? 'module' : 'commonjs'
}

function lex(source: string): { requests: string[]; isModule: boolean } | undefined {
  try {
    const [imports, , , isModule] = parse(source)
    const requests: string[] = []
    for (const { type, specifier } of imports) {
      if (type === 'static' || type === 'reexport-star') requests.push(specifier)
    }
    return { requests: [...new Set(requests)], isModule }
  } catch {
    return undefined
  }
}

function lexCommonJs(source: string): { exports: string[]; reexports: string[] } {
  // Of WebAssembly, as the other one, and quick again: what is in JavaScript takes twenty times as long.
  initSync()
  try {
    return parseCommonJs(source)
  } catch {
    return { exports: [], reexports: [] }
  }
}

function mapUrlOf(source: string): string | undefined {
  const at = source.lastIndexOf(mapComment)
  if (at < 0) return undefined
  const [url] = source.slice(at + mapComment.length).split(/\s/, 1)
  return url === '' ? undefined : url
}

/** @throws Error with a code for a file whose name says that it is none of them. */
export function formatOf(pathname: string, type: () => string | undefined, place: Place): SourceFormat {
  const extension = /\.[^./]*$/.exec(pathname)?.[0] ?? ''
  const script = (): 'module' | 'commonjs' | 'script' => {
    const declared = type()
    return declared === 'module' || declared === 'commonjs' ? declared : 'script'
  }
  switch (extension) {
    case '.mjs':
      return 'module'
    case '.cjs':
      return 'commonjs'
    case '.json':
      return 'json'
    case '.mts':
      return 'module-typescript'
    case '.cts':
      return 'commonjs-typescript'
    case '.ts':
      return `${script()}-typescript`
    case '.js':
    case '':
      return script()
    default:
      throw moduleError(
        'ERR_MODULE_FORMAT',
        `files that end with ${extension} cannot be imported; give its text by modules.load or modules.sources`,
        place,
      )
  }
}
