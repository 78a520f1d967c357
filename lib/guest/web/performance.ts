import { EventTarget } from './event-target.js'
import { native } from './library.js'
import { platformClass } from './platform.js'

const key = Symbol('made by the platform')

/** The clock of the isolate: it begins with it. */
export class Performance extends EventTarget {
  constructor(secret?: symbol) {
    if (secret !== key) throw new TypeError('Illegal constructor')
    super()
  }

  get timeOrigin(): number {
    return origin
  }

  now(): number {
    return native.now()
  }

  toJSON(): { timeOrigin: number } {
    return { timeOrigin: this.timeOrigin }
  }
}

const origin = native.timeOrigin()
platformClass(Performance, 'Performance')
export const performance = new Performance(key)
