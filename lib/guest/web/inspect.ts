export type Inspect = (value: unknown, options?: object) => string
type Show<Self> = (this: Self, depth: number | null, options: object, inspect: Inspect) => unknown

/** How `console.log` shows objects of a class, by the symbol that Node has for it. */
export function customInspect<Self>(prototype: object, show: Show<Self>): void {
  Object.defineProperty(prototype, Symbol.for('nodejs.util.inspect.custom'), {
    value: show,
    writable: true,
    configurable: true,
  })
}
