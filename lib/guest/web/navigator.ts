import { platformClass } from './platform.js'

const key = Symbol('made by the platform')

export class Navigator {
  constructor(secret?: symbol) {
    if (secret !== key) throw new TypeError('Illegal constructor')
  }

  /** What runtimes are told apart by. */
  get userAgent(): string {
    return 'isolates'
  }
}

platformClass(Navigator, 'Navigator')
export const navigator = new Navigator(key)
