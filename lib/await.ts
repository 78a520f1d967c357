// placeholder of the founder until the real one is written here
export function rewriteTopLevelAwait(_source: string): { source: string; firstLineShift: number } | null {
  return null
}
