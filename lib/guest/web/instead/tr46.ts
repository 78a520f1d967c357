import { use } from '../library.js'

// Instead of the package of that name, for whatwg-url: nearly all domains are ASCII, and mapped by their case alone.
// Only others need its tables, which are a library of their own.
const plain = /^(?!.*xn--)[\0-\x7f]*$/i

export function toASCII(domain: string, options: object): string | null {
  if (plain.test(domain)) return domain.toLowerCase()
  const { toASCII: full } = use('idna') as { toASCII: typeof toASCII }
  return full(domain, options)
}
