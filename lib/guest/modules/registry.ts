import { type ImportKind, linkKey, type ModuleRecord, type ModuleReply } from '../../shared/modules.js'
import { has, makeMap, mapGet, mapSet } from '../builtins.js'
import { provideNodeGlobals } from './globals.js'
import type { ModuleNatives } from './natives.js'

/** A module that this isolate has been sent. */
export interface Known {
  readonly record: ModuleRecord
  /** The names that a CommonJS file exports. */
  names: readonly string[]
  /** Its number, once it is compiled. */
  id: number | undefined
  /** It and all that it imports have what their imports mean. */
  linked: boolean
}

/** Set before anything else here is used. */
export let natives: ModuleNatives

export function connectModules(functions: ModuleNatives): void {
  natives = functions
}

const known: Map<string, Known> = makeMap()
const links: Map<string, string> = makeMap()

export function moduleAt(url: string): Known | undefined {
  return mapGet(known, url)
}

/** The module that a specifier means, as far as the host has told; undefined for what it has to be asked for. */
export function linked(kind: ImportKind, referrer: string, specifier: string): string | undefined {
  return mapGet(links, linkKey(kind, referrer, specifier))
}

/** Makes a module of what needs no compiling, if it is not there. */
export function add(record: ModuleRecord, id: number | undefined): Known {
  const module: Known = { record, names: [], id, linked: id !== undefined }
  mapSet(known, record.url, module)
  return module
}

/** Takes over what the host has sent. What is here already stays as it is. */
export function take(kind: ImportKind, referrer: string, specifier: string, reply: ModuleReply): string {
  for (let i = 0; i < reply.modules.length; i++) {
    const record = reply.modules[i] as ModuleRecord
    if (moduleAt(record.url) !== undefined) continue
    add(record, undefined)
    if (record.format === 'commonjs' || has(record.url, '/node_modules/')) provideNodeGlobals()
  }
  for (let i = 0; i < reply.names.length; i++) {
    const names = reply.names[i] as readonly string[]
    const module = moduleAt(names[0] as string)
    if (module !== undefined && module.names.length === 0) module.names = names
  }
  for (let i = 0; i < reply.links.length; i += 2) {
    mapSet(links, reply.links[i] as string, reply.links[i + 1] as string)
  }
  mapSet(links, linkKey(kind, referrer, specifier), reply.url)
  return reply.url
}
