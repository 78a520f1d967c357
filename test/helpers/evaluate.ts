import { runInThisContext } from 'node:vm'

/** The value of an expression on the host, as text: so that both sides can evaluate it, and no compiler rewrites it. */
export function evaluate<T = unknown>(expression: string): T {
  return runInThisContext(`(${expression})`)
}
