import type { rewriteTopLevelAwait } from './await.js'

interface Script {
  source: string
  columnOffset: number
}

let rewrite: typeof rewriteTopLevelAwait | undefined

/** A script with `await` at its top level as one that V8 takes; any other as it is. */
export function withTopLevelAwait(source: string, columnOffset: number): Script {
  if (!source.includes('await')) return { source, columnOffset }
  // The parser is large, and few scripts need it.
  rewrite ??= (require('./await.js') as typeof import('./await.js')).rewriteTopLevelAwait
  const rewritten = rewrite(source)
  if (rewritten === null) return { source, columnOffset }
  return { source: rewritten.source, columnOffset: columnOffset - rewritten.firstLineShift }
}
