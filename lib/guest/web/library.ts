import type { LibraryHost } from '../library.js'

declare const library: LibraryHost

export const { native, use, ask } = library
