/**
 * Functions that run in guests: what a reference is asked becomes a call of one of these, with the value itself in place
 * of the reference. They are sent by their text, so each sees its own arguments and the guest's globals only.
 */
// biome-ignore lint/suspicious/noExplicitAny: values of guests
type Any = any

export const scripts = {
  same: (value: Any) => value,
  get: (target: Any, key: Any) => target[key],
  set: (target: Any, key: Any, value: Any) => {
    if (!Reflect.set(target, key, value)) throw new TypeError(`Cannot set property '${key}'`)
  },
  call: (target: Any, self: Any, args: Any) => Reflect.apply(target, self, args),
  callExport: (target: Any, name: Any, args: Any) => Reflect.apply(target[name], undefined, args),
  construct: (target: Any, args: Any) => Reflect.construct(target, args),
  names: (target: Any) => Object.keys(target).map((name) => [name, typeof target[name]]),
  iterator: (target: Any) =>
    target[Symbol.asyncIterator] === undefined ? target[Symbol.iterator]() : target[Symbol.asyncIterator](),
  step: async (iterator: Any, kind: Any, value: Any) => {
    // In the order of Step in lib/shared/answer.ts.
    const name = ['next', 'return', 'throw'][kind] as string
    if (iterator[name] === undefined) {
      if (kind === 2) throw value
      return { done: true, value }
    }
    const result = await iterator[name](value)
    return { done: Boolean(result.done), value: await result.value }
  },
} as const
