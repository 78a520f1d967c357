import { builtinModule } from '../../shared/modules.js'
import { keys, push } from '../builtins.js'
import { native } from '../native.js'
import { add, moduleAt, natives } from './registry.js'

/** The object of which the module has the properties. */
export function builtinObject(): Record<string, unknown> {
  return native.part(builtinModule) as Record<string, unknown>
}

/** The module `isolates`, which is the global of that name. */
export function addBuiltin(): string {
  if (moduleAt(builtinModule) !== undefined) return builtinModule
  const object = builtinObject()
  const names = keys(object)
  push(names, 'default')
  const id = natives.synthetic(builtinModule, names, () => {
    const values: unknown[] = []
    for (let i = 0; i < names.length - 1; i++) push(values, object[names[i] as string])
    push(values, object)
    return values
  })
  add({ url: builtinModule, format: 'module', filename: undefined, source: '' }, id)
  return builtinModule
}
