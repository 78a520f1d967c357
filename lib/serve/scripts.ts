import type { FunctionHandle } from '../functions.js'

/**
 * What runs in the isolates of a server: the way from the host to lib/guest/web/serve.ts, which stands there under a symbol.
 */

/** In the options of an isolate: its guest answers requests. */
export const serving: unique symbol = Symbol('serving')

const names = ['handle', 'pull', 'push', 'end', 'settle', 'receive', 'take'] as const
export type Script = (typeof names)[number]
export type Scripts = Readonly<Record<Script, FunctionHandle>>

/** Their text is an expression that is evaluated once in each isolate, so that a call looks nothing up. */
export function makeScripts(make: (source: string, filename: string) => FunctionHandle): Scripts {
  const entries = names.map((name) => [
    name,
    make(`globalThis[Symbol.for('isolates.serve')].${name}`, 'isolates:serve'),
  ])
  return Object.fromEntries(entries)
}

/** Gets the app ready; what the module exports when that is no app. Runs in the guest. */
export async function startApp(specifier: string, env: unknown): Promise<string | undefined> {
  const key = Symbol.for('isolates.serve') as unknown as string
  const serve = (globalThis as unknown as Record<string, { start(module: unknown, env: unknown): string | undefined }>)[
    key
  ]
  return serve?.start(await import(specifier), env)
}
