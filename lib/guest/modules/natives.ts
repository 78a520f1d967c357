/** The functions of the engine that modules are built on; a module is a number. Made by `GuestNative.modules`. */
export interface ModuleNatives {
  /** What `import()` calls, and what fills an `import.meta`. `attributes` has keys and values by turns. */
  register(
    importDynamically: (referrer: string, specifier: string, attributes: readonly string[]) => Promise<object>,
    fillMeta: (module: number, meta: object) => void,
  ): void
  /** Throws a SyntaxError. Takes what another isolate has left of the same text. */
  compile(url: string, source: string): number
  /** `evaluate` gives the values of all names, in their order. */
  synthetic(url: string, names: readonly string[], evaluate: () => readonly unknown[]): number
  /** By turns specifiers and lists of attributes, which are keys and values by turns. */
  requests(module: number): readonly (string | readonly string[])[]
  /** What the requests mean, in their order. */
  link(module: number, targets: readonly number[]): void
  /** Throws a SyntaxError for an import of what is not exported. */
  instantiate(module: number): void
  evaluate(module: number): Promise<void>
  namespace(module: number): object
  /** Whether it, or something it imports, awaits at its top level. Once it is instantiated. */
  isAsync(module: number): boolean
  /** Leaves what V8 has made of the text for other isolates, with the functions that have run. */
  keep(module: number): void
  /** The function of a CommonJS file. */
  compileFunction(url: string, source: string, parameters: readonly string[]): (...args: unknown[]) => unknown
  keepFunction(url: string, source: string, compiled: (...args: unknown[]) => unknown): void
}
