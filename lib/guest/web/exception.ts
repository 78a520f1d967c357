import { defineConstants, platformClass } from './platform.js'

// The constants in their order, and the names that have one; what has none is of times long past.
const codes: readonly (readonly [constant: string, name?: string])[] = [
  ['INDEX_SIZE_ERR', 'IndexSizeError'],
  ['DOMSTRING_SIZE_ERR'],
  ['HIERARCHY_REQUEST_ERR', 'HierarchyRequestError'],
  ['WRONG_DOCUMENT_ERR', 'WrongDocumentError'],
  ['INVALID_CHARACTER_ERR', 'InvalidCharacterError'],
  ['NO_DATA_ALLOWED_ERR'],
  ['NO_MODIFICATION_ALLOWED_ERR', 'NoModificationAllowedError'],
  ['NOT_FOUND_ERR', 'NotFoundError'],
  ['NOT_SUPPORTED_ERR', 'NotSupportedError'],
  ['INUSE_ATTRIBUTE_ERR', 'InUseAttributeError'],
  ['INVALID_STATE_ERR', 'InvalidStateError'],
  ['SYNTAX_ERR', 'SyntaxError'],
  ['INVALID_MODIFICATION_ERR', 'InvalidModificationError'],
  ['NAMESPACE_ERR', 'NamespaceError'],
  ['INVALID_ACCESS_ERR', 'InvalidAccessError'],
  ['VALIDATION_ERR'],
  ['TYPE_MISMATCH_ERR', 'TypeMismatchError'],
  ['SECURITY_ERR', 'SecurityError'],
  ['NETWORK_ERR', 'NetworkError'],
  ['ABORT_ERR', 'AbortError'],
  ['URL_MISMATCH_ERR', 'URLMismatchError'],
  ['QUOTA_EXCEEDED_ERR', 'QuotaExceededError'],
  ['TIMEOUT_ERR', 'TimeoutError'],
  ['INVALID_NODE_TYPE_ERR', 'InvalidNodeTypeError'],
  ['DATA_CLONE_ERR', 'DataCloneError'],
]

interface Parts {
  readonly message: string
  readonly name: string
}

const parts = new WeakMap<object, Parts>()

function partsOf(exception: object): Parts {
  const found = parts.get(exception)
  if (found === undefined) throw new TypeError('Illegal invocation: the object is not a DOMException')
  return found
}

/** An error of the platform, told apart from others by its `name`. */
export class DOMException {
  constructor(message: unknown = '', options: unknown = 'Error') {
    const isBag = typeof options === 'object' && options !== null
    const { name = 'Error' } = (isBag ? options : { name: options }) as { name?: unknown }
    // Whoever knows errors of the language, as the host does, knows it as one.
    const exception = Object.setPrototypeOf(new Error(`${message}`), new.target.prototype)
    parts.set(exception, { message: `${message}`, name: `${name}` })
    Error.captureStackTrace?.(exception, DOMException)
    // V8 13 takes no other message for the first line of the stack, which is made by now.
    delete exception.message
    if (isBag && 'cause' in options) {
      Object.defineProperty(exception, 'cause', { value: options.cause, configurable: true, writable: true })
    }
    // biome-ignore lint/correctness/noConstructorReturn: the object of a class cannot be an error without deriving from Error
    return exception
  }

  get name(): string {
    return partsOf(this).name
  }

  get message(): string {
    return partsOf(this).message
  }

  get code(): number {
    const own = partsOf(this).name
    return codes.findIndex(([, name]) => name === own) + 1
  }
}

Object.setPrototypeOf(DOMException.prototype, Error.prototype)
platformClass(DOMException, 'DOMException')
defineConstants(DOMException, Object.fromEntries(codes.map(([constant], index) => [constant, index + 1])))
