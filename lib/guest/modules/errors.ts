import type { ModuleCode } from '../../codes.js'
import { defineProperty, Error, stringify, TypeError } from '../builtins.js'

export function moduleError(code: ModuleCode, message: string): Error {
  return withCode(new Error(message), code)
}

export function attributeError(message: string): Error {
  return withCode(new TypeError(message), 'ERR_MODULE_ATTRIBUTE')
}

export function quoted(text: string): string {
  return stringify(text)
}

function withCode(error: Error, code: ModuleCode): Error {
  return defineProperty(error, 'code', { value: code, writable: true, enumerable: true, configurable: true })
}
