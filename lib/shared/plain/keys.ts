import { Map, mapGet, mapSet } from '../builtins.js'
import { natives } from '../natives.js'

const MOST_KEYS = 128
const MOST_NODES = 16_384

/** What follows where nothing has yet: a string like the others, so that V8 compares addresses. It leads to the root. */
const NOTHING = '\0'

/** A list of keys, as a path from the root of all: whoever goes over the keys of an object ends at its shape. */
export interface Node {
  /** The key that mostly follows, and where it leads. */
  next: string
  child: Node
  others: Map<string, Node> | undefined
  readonly keys: readonly string[]
  /** 0: not asked for yet; below 0: the addon has no number left. */
  shape: number
}

export const root: Node = { next: NOTHING, child: undefined as unknown as Node, others: undefined, keys: [], shape: 0 }
root.child = root
let nodes = 0

/** Where a key leads that is not the usual one; the root when there are too many already. */
export function follow(from: Node, key: string): Node {
  const known = from.others === undefined ? undefined : mapGet(from.others, key)
  if (known !== undefined) {
    from.next = key
    from.child = known
    return known
  }
  if (nodes === MOST_NODES || from.keys.length === MOST_KEYS) return root
  nodes++
  const keys: string[] = []
  for (let i = 0; i < from.keys.length; i++) keys[i] = from.keys[i] as string
  keys[from.keys.length] = key
  const made: Node = { next: NOTHING, child: root, others: undefined, keys, shape: 0 }
  from.others ??= new Map()
  mapSet(from.others, key, made)
  from.next = key
  from.child = made
  return made
}

/** The number of a list of keys; below 0 when there is none left. */
export function shapeOf(node: Node): number {
  if (node.shape === 0) node.shape = natives.plainShape(node.keys)
  return node.shape
}
