import type { rewriteTopLevelAwait } from '../await.js'
import { native } from './native.js'

let rewrite: typeof rewriteTopLevelAwait | undefined

/** A script with `await` at its top level as one that V8 takes; any other as it is. */
export function withTopLevelAwait(source: string, columnOffset: number): { source: string; columnOffset: number } {
  if (!source.includes('await')) return { source, columnOffset }
  // The parser is large, and few guests need it.
  rewrite ??= native.runLibrary('await', {})['rewriteTopLevelAwait'] as typeof rewriteTopLevelAwait
  const rewritten = rewrite(source)
  if (rewritten === null) return { source, columnOffset }
  return { source: rewritten.source, columnOffset: columnOffset - rewritten.firstLineShift }
}
