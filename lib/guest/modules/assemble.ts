import { builtinModule } from '../../shared/modules.js'
import { makeMap, mapHas, mapSet, parse, pop, push } from '../builtins.js'
import { addBuiltin } from './builtin.js'
import { exportsOf } from './commonjs.js'
import { attributeError, quoted } from './errors.js'
import { noteId } from './meta.js'
import { type Known, linked, moduleAt, natives } from './registry.js'

/** An import whose meaning, or whose module, is not here. */
export interface Missing {
  readonly referrer: string
  readonly specifier: string
}

interface Assembled {
  readonly module: Known
  readonly targets: readonly string[]
}

/**
 * Compiles a module and all that it imports, and tells V8 what the imports mean. Nothing is linked before everything is
 * there: what is missing is the answer.
 *
 * @param fresh Gets the numbers of the modules that are compiled now.
 */
export function assemble(url: string, fresh: number[]): readonly Missing[] {
  const missing: Missing[] = []
  const assembled: Assembled[] = []
  const seen: Map<string, boolean> = makeMap()
  const queue = [url]
  mapSet(seen, url, true)
  while (queue.length > 0) {
    const module = moduleAt(pop(queue) as string) as Known
    if (module.linked) continue
    const targets: string[] = []
    push(assembled, { module, targets })
    const requests = natives.requests(compile(module, fresh))
    for (let i = 0; i < requests.length; i += 2) {
      const specifier = requests[i] as string
      const referrer = module.record.url
      const target = specifier === builtinModule ? addBuiltin() : linked('import', referrer, specifier)
      if (target === builtinModule) addBuiltin()
      if (target === undefined || moduleAt(target) === undefined) {
        push(missing, { referrer, specifier })
        continue
      }
      checkType(target, specifier, typeIn(requests[i + 1] as readonly string[]))
      push(targets, target)
      if (mapHas(seen, target)) continue
      mapSet(seen, target, true)
      push(queue, target)
    }
  }
  if (missing.length > 0) return missing
  for (let i = 0; i < assembled.length; i++) {
    const { module, targets } = assembled[i] as Assembled
    const ids: number[] = []
    for (let j = 0; j < targets.length; j++) push(ids, moduleAt(targets[j] as string)?.id as number)
    natives.link(module.id as number, ids)
  }
  for (let i = 0; i < assembled.length; i++) (assembled[i] as Assembled).module.linked = true
  return missing
}

function compile(module: Known, fresh: number[]): number {
  if (module.id !== undefined) return module.id
  const { url, format, source } = module.record
  if (format === 'module') {
    module.id = natives.compile(url, source)
    noteId(module.id, module)
    push(fresh, module.id)
  } else if (format === 'json') {
    module.id = natives.synthetic(url, ['default'], () => [parse(source)])
  } else {
    const names = ['default', 'module.exports']
    for (let i = 1; i < module.names.length; i++) {
      const name = module.names[i] as string
      if (name !== 'default' && name !== 'module.exports') push(names, name)
    }
    module.id = natives.synthetic(url, names, () => exportsOf(module, names))
  }
  return module.id
}

/** The type that the attributes of an import tell. */
export function typeIn(attributes: readonly string[]): string | undefined {
  let type: string | undefined
  for (let i = 0; i < attributes.length; i += 2) {
    const key = attributes[i] as string
    if (key !== 'type') throw attributeError(`There is no import attribute ${quoted(key)}, only type`)
    type = attributes[i + 1]
    if (type !== 'json') throw attributeError(`There is no import type ${quoted(type as string)}, only json`)
  }
  return type
}

/** JSON must be asked for as such: so nobody gets code for data. */
export function checkType(url: string, specifier: string, type: string | undefined): void {
  const isJson = moduleAt(url)?.record.format === 'json'
  if (isJson && type === undefined) {
    throw attributeError(`${quoted(specifier)} is JSON: import it with { type: 'json' }`)
  }
  if (!isJson && type !== undefined) throw attributeError(`${quoted(specifier)} is no JSON, but a module: ${url}`)
}
