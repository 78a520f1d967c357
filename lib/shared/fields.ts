/**
 * The first field of that name among names and values in turn, as HTTP has them.
 *
 * @param name In lower case.
 */
export function fieldOf(fields: readonly string[], name: string): string | undefined {
  for (let at = 0; at < fields.length; at += 2) {
    const each = fields[at] as string
    if (each.length === name.length && each.toLowerCase() === name) return fields[at + 1] as string
  }
  return undefined
}
