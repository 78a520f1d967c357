/**
 * Makes a class look as Web IDL wants it: methods, getters and constants of its prototype are enumerable, and its
 * objects say their class to `Object.prototype.toString`.
 */
export function platformClass(type: { readonly prototype: object }, name: string): void {
  const { prototype } = type
  enumerate(prototype, ofPrototypes)
  enumerate(type, ofClasses)
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true })
}

function enumerate(target: object, hidden: ReadonlySet<string>): void {
  for (const key of Object.getOwnPropertyNames(target)) {
    const descriptor = Object.getOwnPropertyDescriptor(target, key) as PropertyDescriptor
    if (!descriptor.configurable || hidden.has(key)) continue
    Object.defineProperty(target, key, { ...descriptor, enumerable: true })
  }
}

const ofPrototypes: ReadonlySet<string> = new Set(['constructor'])
const ofClasses: ReadonlySet<string> = new Set(['prototype', 'name', 'length'])

/** Properties that cannot be changed, of a class and of its prototype: `Event.NONE`. */
export function defineConstants(
  type: { readonly prototype: object },
  constants: Readonly<Record<string, number>>,
): void {
  for (const [name, value] of Object.entries(constants)) {
    for (const target of [type, type.prototype]) Object.defineProperty(target, name, { value, enumerable: true })
  }
}
