// What the options of a request may be, and what becomes of them.

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const normalized: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'])
const forbidden: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** Options that are one of a few words, the first being what it is without. */
const choices = {
  mode: ['cors', 'same-origin', 'no-cors', 'navigate'],
  credentials: ['same-origin', 'omit', 'include'],
  cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'],
  redirect: ['follow', 'error', 'manual'],
  referrerPolicy: [
    '',
    'no-referrer',
    'no-referrer-when-downgrade',
    'same-origin',
    'origin',
    'strict-origin',
    'origin-when-cross-origin',
    'strict-origin-when-cross-origin',
    'unsafe-url',
  ],
} as const

type Choice = keyof typeof choices

/** What a request says of itself, beside its headers, body and signal. */
export interface Made extends Record<Choice, string> {
  url: string
  method: string
  integrity: string
  keepalive: boolean
  duplex: string
  referrer: string
}

/** Of one that has no options. */
export const usual: Readonly<Made> = {
  url: '',
  method: 'GET',
  integrity: '',
  keepalive: false,
  duplex: 'half',
  referrer: 'about:client',
  mode: 'cors',
  credentials: 'same-origin',
  cache: 'default',
  redirect: 'follow',
  referrerPolicy: '',
}

export function madeOf(from: string | Made, init: Record<string, unknown>): Made {
  const made: Made = typeof from === 'string' ? { ...usual, url: from } : { ...from }
  for (const name of Object.keys(choices) as Choice[]) {
    const value = init[name]
    if (value === undefined) continue
    if (!(choices[name] as readonly string[]).includes(`${value}`)) {
      throw new TypeError(`Request constructor: "${value}" is not an accepted type of ${name}`)
    }
    made[name] = `${value}`
  }
  if (made.mode === 'navigate' && init['mode'] !== undefined) throw new TypeError('Request constructor: invalid mode')
  if (made.cache === 'only-if-cached' && made.mode !== 'same-origin') {
    throw new TypeError("'only-if-cached' can be set only with 'same-origin' mode")
  }
  if (init['method'] !== undefined) made.method = methodOf(init['method'])
  if (init['integrity'] !== undefined) made.integrity = `${init['integrity']}`
  if (init['keepalive'] !== undefined) made.keepalive = Boolean(init['keepalive'])
  if (init['referrer'] !== undefined) made.referrer = `${init['referrer']}`
  if (init['duplex'] !== undefined && init['duplex'] !== 'half') {
    throw new TypeError(`Request constructor: "${init['duplex']}" is not an accepted type of duplex`)
  }
  return made
}

function methodOf(value: unknown): string {
  const method = `${value}`
  const upper = method.toUpperCase()
  if (!token.test(method) || forbidden.has(upper)) throw new TypeError(`'${method}' is not a valid HTTP method.`)
  return normalized.has(upper) ? upper : method
}

export function optionsOf(init: unknown): Record<string, unknown> {
  if (init === undefined || init === null) return {}
  if (typeof init !== 'object' && typeof init !== 'function') {
    throw new TypeError("Failed to construct 'Request': the options must be an object")
  }
  return init as Record<string, unknown>
}
