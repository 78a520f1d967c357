import type { ErrorCode } from '../codes.js'
import { BrokenBarrierError, ChannelClosedError, IsolateError, NotShareableError, TimeoutError } from '../errors.js'

/** The error for a code the addon tells. `where` and `what` describe a value that cannot be shared. */
export function makeError(code: ErrorCode, where: string, what: string): Error {
  switch (code) {
    case 'ERR_TIMEOUT':
      return new TimeoutError(code, 'The time was up before it happened')
    case 'ERR_CHANNEL_CLOSED':
      return new ChannelClosedError(code, 'The channel is closed')
    case 'ERR_BARRIER_BROKEN':
      return new BrokenBarrierError(code, 'The barrier is broken: a party has left it before all had come')
    case 'ERR_ITEM_TOO_BIG':
      return new IsolateError(code, 'The value takes more than the channel may ever hold: see its option maxBytes')
    case 'ERR_PENDING_PROMISE':
      return new IsolateError(
        code,
        'The host’s function has returned a promise, which cannot settle while the host itself waits for this isolate',
      )
    case 'ERR_STORE_FULL':
      return new IsolateError(code, `The store would hold ${where} bytes, more than its maxBytes of ${what}`)
    case 'ERR_MESSAGE_TOO_BIG':
      return new IsolateError(code, `The value takes more than the isolate’s maxMessageSize of ${what} bytes`)
    case 'ERR_WOULD_BLOCK':
      return new IsolateError(
        code,
        'The main thread must not wait for ever: give a timeout, or use the method that returns a promise',
      )
    case 'ERR_NOT_SHAREABLE': {
      const path = /^[a-z]/.test(where) ? where : `value${where}`
      return new NotShareableError(`${path} is ${what}, which cannot be copied to another isolate`, path)
    }
    default:
      return new IsolateError(code, code)
  }
}
