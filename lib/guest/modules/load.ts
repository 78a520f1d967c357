import type { ImportKind } from '../../shared/modules.js'
import { builtinModule } from '../../shared/modules.js'
import { makeMap, mapDelete, mapGet, mapSet } from '../builtins.js'
import { assemble, checkType, type Missing, typeIn } from './assemble.js'
import { addBuiltin } from './builtin.js'
import { host } from './host.js'
import { linked, moduleAt, natives, take } from './registry.js'

const loading: Map<string, Promise<string>> = makeMap()

/** What `import()` does, in scripts and in modules. */
export async function importDynamically(
  referrer: string,
  specifier: string,
  attributes: readonly string[],
): Promise<object> {
  const type = typeIn(attributes)
  const url = await locate('import', referrer, specifier)
  checkType(url, specifier, type)
  const fresh: number[] = []
  // Each round gets what the one before has found to be missing.
  for (let missing = assemble(url, fresh); missing.length > 0; missing = assemble(url, fresh)) {
    for (let i = 0; i < missing.length; i++) {
      const { referrer: from, specifier: wanted } = missing[i] as Missing
      await locate('import', from, wanted)
    }
  }
  const id = moduleAt(url)?.id as number
  natives.instantiate(id)
  try {
    await natives.evaluate(id)
  } finally {
    for (let i = 0; i < fresh.length; i++) natives.keep(fresh[i] as number)
  }
  return natives.namespace(id)
}

/** The module that a specifier means; it is here when this has resolved. Who asks for the same shares one question. */
function locate(kind: ImportKind, referrer: string, specifier: string): Promise<string> | string {
  if (specifier === builtinModule) return addBuiltin()
  const target = linked(kind, referrer, specifier)
  if (target !== undefined && moduleAt(target) !== undefined) return target
  const key = `${kind} ${referrer} ${specifier}`
  let pending = mapGet(loading, key)
  if (pending === undefined) {
    pending = ask(kind, referrer, specifier, target !== undefined)
    mapSet(loading, key, pending)
  }
  return pending
}

/** @param again The host believes that we have it: the answer was lost with a call that was cut off. */
async function ask(kind: ImportKind, referrer: string, specifier: string, again: boolean): Promise<string> {
  try {
    const reply = await host().load(specifier, referrer, kind, again)
    const url = take(kind, referrer, specifier, reply)
    if (url === builtinModule) return addBuiltin()
    if (moduleAt(url) !== undefined) return url
    return take(kind, referrer, specifier, await host().load(specifier, referrer, kind, true))
  } finally {
    mapDelete(loading, `${kind} ${referrer} ${specifier}`)
  }
}
