/**
 * The text of a value: two values have the same one exactly when they have the same types, contents, order, prototypes, shared parts and cycles.
 *
 * Self-contained, since guests run it by its source: what a guest received can so be compared with what the host meant.
 */
export function depict(root: unknown): string {
  const seen = new Map<object, number>()

  function properties(value: object): string[] {
    return Object.keys(value).map((key) => {
      const { writable, enumerable, configurable, get, set } = Object.getOwnPropertyDescriptor(value, key) ?? {}
      const odd = get || set ? '(accessor)' : writable && enumerable && configurable ? '' : '(locked)'
      return `${JSON.stringify(key)}${odd}: ${show((value as Record<string, unknown>)[key])}`
    })
  }

  function prototype(value: object): string {
    const proto = Object.getPrototypeOf(value)
    if (proto === null) return 'null'
    const name = String(proto.constructor?.name)
    const own = (globalThis as Record<string, unknown>)[name] as { prototype?: object } | undefined
    return own?.prototype === proto ? name : `foreign ${name}`
  }

  function bytes(buffer: ArrayBuffer | SharedArrayBuffer): string {
    const { resizable, growable, maxByteLength } = buffer as ArrayBuffer & SharedArrayBuffer
    return `${buffer.byteLength}${resizable || growable ? ` of ${maxByteLength}` : ''}: ${new Uint8Array(buffer).join(' ')}`
  }

  function contents(value: object): string[] {
    if (Array.isArray(value)) return [`length ${value.length}`, ...properties(value)]
    if (ArrayBuffer.isView(value)) return [`at ${value.byteOffset}, ${value.byteLength} bytes`, show(value.buffer)]
    switch (Object.prototype.toString.call(value).slice(8, -1)) {
      case 'Date':
        return [String((value as Date).getTime())]
      case 'RegExp':
        return [`/${(value as RegExp).source}/${(value as RegExp).flags} at ${(value as RegExp).lastIndex}`]
      case 'Map':
        return [...(value as Map<unknown, unknown>)].map(([key, item]) => `${show(key)} => ${show(item)}`)
      case 'Set':
        return [...(value as Set<unknown>)].map(show)
      case 'ArrayBuffer':
      case 'SharedArrayBuffer':
        return [bytes(value as ArrayBuffer)]
      case 'Number':
      case 'String':
      case 'Boolean':
      case 'BigInt':
        return [show(value.valueOf())]
      case 'Error': {
        const fields = ['name', 'message', 'cause', 'errors'].filter(
          (key) => Object.hasOwn(value, key) || key === 'name',
        )
        const hidden = fields.filter((key) => !Object.keys(value).includes(key))
        return [
          ...hidden.map((key) => `${key} ${show((value as unknown as Record<string, unknown>)[key])}`),
          ...properties(value),
        ]
      }
      default:
        return properties(value)
    }
  }

  function show(value: unknown): string {
    if (typeof value === 'string') return JSON.stringify(value)
    if (typeof value === 'bigint') return `${value}n`
    if (Object.is(value, -0)) return '-0'
    if (typeof value !== 'object' || value === null) return String(value)
    const known = seen.get(value)
    if (known !== undefined) return `#${known}`
    seen.set(value, seen.size)
    const number = seen.size - 1
    return `#${number} ${prototype(value)} { ${contents(value).join(', ')} }`
  }

  return show(root)
}
