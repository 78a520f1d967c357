import { builtinModule } from '../../shared/modules.js'
import { makeMap, mapGet, mapSet, String } from '../builtins.js'
import { directoryOf } from './commonjs.js'
import { host } from './host.js'
import { type Known, linked } from './registry.js'

const byId: Map<number, Known> = makeMap()

export function noteId(id: number, module: Known): void {
  mapSet(byId, id, module)
}

/** What a module finds in its `import.meta`. */
export function fillMeta(id: number, meta: object): void {
  const record = mapGet(byId, id)?.record
  if (record === undefined) return
  const { url, filename } = record
  const filled = meta as Record<string, unknown>
  if (filename !== undefined) {
    filled['dirname'] = directoryOf(filename)
    filled['filename'] = filename
  }
  filled['resolve'] = (specifier: unknown) => {
    const text = String(specifier)
    if (text === builtinModule) return text
    return linked('import', url, text) ?? host().resolve(text, url, 'import')
  }
  filled['url'] = url
}
