import {
  type AnyNode,
  type ExpressionStatement,
  type Options,
  type Pattern,
  type Program,
  parse,
  type VariableDeclaration,
} from 'acorn'
import { base, fullAncestor, type RecursiveVisitors } from 'acorn-walk'

/** A script without top-level `await` that does what the original would do with it. */
export interface AwaitScript {
  source: string
  /** How many columns the first line has moved to the right; all lines keep their numbers. */
  firstLineShift: number
}

/**
 * Makes a script with top-level `await` one that V8 accepts. Its completion value is a promise for the completion
 * value of the original. Null where the source is no such script.
 *
 * The statements go into an async arrow function, and what they declare stays global: the names are declared in front
 * of that function, and the declarations in it become assignments, with blanks for their keywords so that columns
 * stay. What this cannot keep: a `const` can be assigned to, and variables can be read before their declaration. A
 * function is global from the start on, but the script's own code goes on calling it after somebody replaces it.
 */
export function rewriteTopLevelAwait(source: string): AwaitScript | null {
  const program = parseScript(source, { allowAwaitOutsideFunction: true })
  return program === null ? null : new Rewriter(source, program).rewrite()
}

function parseScript(source: string, options?: Partial<Options>): Program | null {
  try {
    return parse(source, { ecmaVersion: 'latest', sourceType: 'script', allowHashBang: true, ...options })
  } catch {
    return null
  }
}

/** Walks the script's own code: no functions, and no static blocks, which have variables of their own. */
const ownCode: RecursiveVisitors<unknown> = { ...base, Function() {}, StaticBlock() {} }

class Rewriter {
  readonly #source: string
  readonly #program: Program
  readonly #lexical = new Set<string>()
  readonly #variables = new Set<string>()
  readonly #functions: string[] = []
  readonly #edits: { at: number; skip: number; text: string }[] = []
  #awaits = false

  constructor(source: string, program: Program) {
    this.#source = source
    this.#program = program
  }

  rewrite(): AwaitScript | null {
    fullAncestor(
      this.#program,
      (node, _state, ancestors) => this.#visit(node as AnyNode, ancestors as AnyNode[]),
      ownCode,
    )
    if (!this.#awaits) return null
    for (const statement of this.#program.body) this.#hoist(statement)
    const result = this.#returnValue()
    this.#publishFunctions()
    if (this.#source.startsWith('#!')) this.#replace(0, 2, '//')

    const declarations = `${declare('let', this.#lexical)}${declare('var', this.#variables)}`
    const prefix = `${declarations}(async(${result})=>{`
    const source = `${prefix}${this.#apply()}\n${result === '' ? '' : `return ${result}`}})()`
    // A construct that is not expected here is better reported as V8 reports the original.
    return parseScript(source) === null ? null : { source, firstLineShift: prefix.length }
  }

  #visit(node: AnyNode, ancestors: AnyNode[]): void {
    if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await)) this.#awaits = true
    if (node.type !== 'VariableDeclaration') return
    if (node.kind === 'await using') this.#awaits = true
    if (node.kind === 'var') this.#assign(node, ancestors.at(-2) as AnyNode, this.#variables)
  }

  /** Lexical declarations are global only at the top; those of blocks and loops stay as they are. */
  #hoist(statement: Program['body'][number]): void {
    if (statement.type === 'VariableDeclaration' && (statement.kind === 'let' || statement.kind === 'const')) {
      this.#assign(statement, this.#program, this.#lexical)
    } else if (statement.type === 'ClassDeclaration') {
      this.#lexical.add(statement.id.name)
      this.#insert(statement.start, `${statement.id.name}=`)
      this.#insert(statement.end, ';')
    } else if (statement.type === 'FunctionDeclaration') {
      this.#variables.add(statement.id.name)
      this.#functions.push(statement.id.name)
    }
  }

  /** Makes a declaration an expression of assignments: `const a = 1, b` becomes `    ;a = 1, b`. */
  #assign(node: VariableDeclaration, parent: AnyNode, names: Set<string>): void {
    for (const { id } of node.declarations) collectNames(id, names)
    const [first] = node.declarations
    const isTarget = (parent.type === 'ForInStatement' || parent.type === 'ForOfStatement') && parent.left === node
    const isHead = isTarget || (parent.type === 'ForStatement' && parent.init === node)
    // At the start of a statement an object pattern would be a block.
    const opens = first?.id.type === 'ObjectPattern' && !isTarget
    const keyword = `${listOf(parent).length > 0 ? ';' : ''}${opens ? '(' : ''}`.padStart(node.kind.length)
    this.#replace(node.start, node.kind.length, keyword)
    if (opens) this.#insert(first.end, ')')
    if (!isHead) this.#terminate(node.end)
  }

  /** A line break that ends a declaration or an arrow function does not end what has become of it. */
  #terminate(end: number): void {
    if (this.#source[end - 1] !== ';') this.#insert(end, ';')
  }

  /** Sees to it that the completion value is returned; answers the name of the variable that gets it, if any. */
  #returnValue(): string {
    const { body } = this.#program
    const index = body.findLastIndex(hasValue)
    const last = body[index]
    if (last === undefined) return ''
    const isEnd = body.slice(index + 1).every(({ type }) => type === 'EmptyStatement' || type === 'FunctionDeclaration')
    if (last.type === 'ExpressionStatement' && isEnd) {
      this.#wrap(last, this.#program, 'return (')
      return ''
    }
    let name = 'value'
    while (this.#source.includes(name)) name += '$'
    const keep = (node: AnyNode, ancestors: AnyNode[]): void => {
      if (node.type === 'ExpressionStatement') this.#wrap(node, ancestors.at(-2) ?? this.#program, `${name}=(`)
    }
    fullAncestor(last, (node, _state, ancestors) => keep(node as AnyNode, ancestors as AnyNode[]), ownCode)
    return name
  }

  /** Puts an opening, where it can be at the end of an earlier line, and a closing parenthesis around a statement. */
  #wrap(statement: ExpressionStatement, parent: AnyNode, opening: string): void {
    const { start, end } = statement
    const list = listOf(parent)
    const previous = list[list.indexOf(statement) - 1]
    const earlier = previous?.end ?? (parent.type === 'Program' ? 0 : start)
    if (this.#source.slice(earlier, start).includes('\n')) this.#insert(earlier, `${previous ? ';' : ''}${opening}`)
    else this.#insert(start, opening)
    this.#insert(this.#source[end - 1] === ';' ? end - 1 : end, ')')
    this.#terminate(end)
  }

  /** Functions are there from the start, and so are the globals of their names. */
  #publishFunctions(): void {
    if (this.#functions.length === 0) return
    const directives = this.#program.body.filter(isDirective)
    const end = directives.at(-1)?.end ?? 0
    const separator = end === 0 || this.#source[end - 1] === ';' ? '' : ';'
    const text = separator + this.#functions.map((name) => `this.${name}=${name};`).join('')
    // First of all edits at this place.
    this.#edits.unshift({ at: end, skip: 0, text })
  }

  #insert(at: number, text: string): void {
    this.#replace(at, 0, text)
  }

  #replace(at: number, skip: number, text: string): void {
    this.#edits.push({ at, skip, text })
  }

  #apply(): string {
    let result = ''
    let position = 0
    for (const { at, skip, text } of this.#edits.sort((a, b) => a.at - b.at)) {
      result += this.#source.slice(position, at) + text
      position = at + skip
    }
    return result + this.#source.slice(position)
  }
}

function declare(keyword: 'let' | 'var', names: Set<string>): string {
  return names.size === 0 ? '' : `${keyword} ${[...names].join(',')};`
}

/** The statements among which a node of this kind has its place, if it has several. */
function listOf(node: AnyNode): readonly AnyNode[] {
  if (node.type === 'Program' || node.type === 'BlockStatement') return node.body
  return node.type === 'SwitchCase' ? node.consequent : []
}

function collectNames(pattern: Pattern, names: Set<string>): void {
  switch (pattern.type) {
    case 'Identifier':
      names.add(pattern.name)
      break
    case 'ObjectPattern':
      for (const property of pattern.properties) {
        collectNames(property.type === 'RestElement' ? property.argument : property.value, names)
      }
      break
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element !== null) collectNames(element, names)
      break
    case 'AssignmentPattern':
      collectNames(pattern.left, names)
      break
    case 'RestElement':
      collectNames(pattern.argument, names)
      break
  }
}

function isDirective(statement: Program['body'][number]): boolean {
  return statement.type === 'ExpressionStatement' && statement.directive !== undefined
}

/** False for statements that leave the completion value as it is. */
function hasValue(statement: Program['body'][number]): boolean {
  switch (statement.type) {
    case 'VariableDeclaration':
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
    case 'EmptyStatement':
    case 'DebuggerStatement':
      return false
    default:
      return !isDirective(statement)
  }
}
